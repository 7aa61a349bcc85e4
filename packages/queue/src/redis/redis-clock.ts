import { readFileSync } from 'node:fs';
import type { Result } from 'ioredis';
import type { RedisClient } from './redis.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonTime(key: string): Result<[seconds: string, microseconds: string], Context>;
  }
}

/**
 * The time of Redis: the one clock that ages, expiry and tokens go by on every machine, so that a machine whose own clock is
 * wrong expires nothing and calls nothing late. Until Redis has told it, and while it is away, the machine's own goes on.
 */
export interface RedisClock {
  /** Whole milliseconds since 1970. */
  readonly now: () => number;
  /** Seconds by which this machine's clock is ahead of it; undefined until Redis has told. */
  aheadSeconds(): number | undefined;
  /** Asks Redis, if it was not asked of late. Rejects when it does not say. */
  look(): Promise<void>;
}

const askEveryMs = 5_000;
const script = readFileSync(new URL('../lua/time.lua', import.meta.url), 'utf8');

/** For what looks once: milliseconds since 1970. Rejects when Redis does not say. */
export async function readRedisTime(redis: RedisClient, keyPrefix: string): Promise<number> {
  redis.defineCommand('carillonTime', { numberOfKeys: 1, lua: script });
  const [seconds, microseconds] = await redis.carillonTime(`${keyPrefix}:clock`);
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

export function createRedisClock(redis: RedisClient, keyPrefix: string): RedisClock {
  // Between two looks the monotonic clock goes on: somebody may set the other one.
  let atStart: number | undefined;
  let askedAt = -Infinity;

  const now = (): number => Math.floor(atStart === undefined ? Date.now() : atStart + performance.now());

  return {
    now,
    aheadSeconds: () => (atStart === undefined ? undefined : (Date.now() - now()) / 1_000),
    async look() {
      const before = performance.now();
      if (before - askedAt < askEveryMs) return;
      askedAt = before;
      const time = await readRedisTime(redis, keyPrefix);
      const after = performance.now();
      const told = time - (before + after) / 2;
      // What the round trip leaves open is no reason to let the time jump.
      if (atStart === undefined || Math.abs(told - atStart) > (after - before) / 2 + 1) atStart = told;
    },
  };
}
