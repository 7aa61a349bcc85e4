import type { RedisClient } from '../redis/redis.ts';
import { shardsOf, type ShardCounts, type Shards } from './shards.ts';

/**
 * The numbers of shards in use. Each process says again and again which number it puts deliveries by; a number that none
 * says any more counts for claims and rejections for another `windowMs`, and its shards are looked at until they are empty.
 * So the number may change in any order, up or down, while everything runs. Of two processes with different numbers each has to know
 * the other's before it is used, or a homeserver's retry at the one would not find the claim that the other has taken. So a process whose
 * number is not the only one places by the other's in its first seconds.
 */
export interface ShardRegistry extends Shards {
  /** Whether it has learned the numbers of others. Nothing may be admitted before. */
  hasHeard(): boolean;
  /** Says the own number, and learns those of others; to be called every second or so. */
  refresh(): Promise<void>;
  /** Forgets the numbers that no process puts by any more; of those above the own only if their shards are empty. */
  retire(isEmpty: (shard: number) => boolean): Promise<void>;
}

export interface ShardRegistryOptions {
  readonly keyPrefix: string;
  /** The configured number. */
  readonly current: number;
  /** How long claims are looked for by a former number. */
  readonly windowMs: number;
  /** Milliseconds since 1970; default: the machine's own time. */
  readonly now?: () => number;
}

/** Longer than others take to hear of a number. */
const hearMs = 3_000;

export function createShardRegistry(
  redis: RedisClient,
  { keyPrefix, current, windowMs, now = Date.now }: ShardRegistryOptions,
): ShardRegistry {
  const key = registryKey(keyPrefix);
  let known: ShardCounts = { counts: [current], highest: current, placing: current };
  let saidAt: number | undefined;

  return {
    ...shardsOf(current, () => known),
    hasHeard: () => saidAt !== undefined,
    async refresh() {
      await redis.zadd(key, now() + windowMs, current);
      const said = await readSaid(redis, keyPrefix);
      saidAt ??= performance.now();
      const isHeard = performance.now() - saidAt >= hearMs;
      // What somebody else has said a moment ago.
      const other = said.find(({ count, until }) => count !== current && until > now() + windowMs - hearMs);
      known = { ...countsOf(said, now()), placing: isHeard || other === undefined ? current : other.count };
    },
    async retire(isEmpty) {
      for (const member of await redis.zrangebyscore(key, '-inf', now())) {
        const above = Array.from({ length: Math.max(0, Number(member) - current) }, (_, i) => current + i);
        if (above.every(isEmpty)) await redis.zrem(key, member);
      }
    },
  };
}

/** For what only looks on: the shards as they are known at the moment. */
export async function readShards(redis: RedisClient, keyPrefix: string, current: number): Promise<Shards> {
  const known = countsOf(await readSaid(redis, keyPrefix), Date.now());
  return shardsOf(current, () => ({ ...known, placing: current }));
}

/** A number of shards that was said, and until when it counts. */
interface SaidCount {
  readonly count: number;
  readonly until: number;
}

async function readSaid(redis: RedisClient, keyPrefix: string): Promise<readonly SaidCount[]> {
  const fields = await redis.zrange(registryKey(keyPrefix), '0', '-1', 'WITHSCORES');
  return fields.flatMap((field, index) =>
    index % 2 === 0 ? [{ count: Number(field), until: Number(fields[index + 1]) }] : [],
  );
}

function countsOf(said: readonly SaidCount[], now: number): Omit<ShardCounts, 'placing'> {
  return {
    counts: said.filter(({ until }) => until > now).map(({ count }) => count),
    highest: Math.max(0, ...said.map(({ count }) => count)),
  };
}

function registryKey(keyPrefix: string): string {
  return `${keyPrefix}:shard-counts`;
}
