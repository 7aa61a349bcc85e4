import type { RedisClient } from '../redis/redis.ts';
import { shardsOf, type ShardCounts, type Shards } from './shards.ts';

/**
 * The numbers of shards in use. Each process says again and again which number it puts deliveries by; a number that none
 * says any more counts for claims and rejections for another `windowMs`, and its shards are looked at until they are empty.
 * So the number may change in any order, up or down, while everything runs.
 */
export interface ShardRegistry extends Shards {
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

export function createShardRegistry(
  redis: RedisClient,
  { keyPrefix, current, windowMs, now = Date.now }: ShardRegistryOptions,
): ShardRegistry {
  const key = registryKey(keyPrefix);
  let known: ShardCounts = { counts: [current], highest: current };

  return {
    ...shardsOf(current, () => known),
    async refresh() {
      await redis.zadd(key, now() + windowMs, current);
      known = await readCounts(redis, keyPrefix, now());
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
  const known = await readCounts(redis, keyPrefix, Date.now());
  return shardsOf(current, () => known);
}

async function readCounts(redis: RedisClient, keyPrefix: string, now: number): Promise<ShardCounts> {
  const fields = await redis.zrange(registryKey(keyPrefix), '0', '-1', 'WITHSCORES');
  const all = fields.flatMap((field, index) =>
    index % 2 === 0 ? [{ count: Number(field), until: Number(fields[index + 1]) }] : [],
  );
  return {
    counts: all.filter(({ until }) => until > now).map(({ count }) => count),
    highest: Math.max(0, ...all.map(({ count }) => count)),
  };
}

function registryKey(keyPrefix: string): string {
  return `${keyPrefix}:shard-counts`;
}
