import { readFileSync } from 'node:fs';
import type { RedisClient } from '../redis/redis.ts';
import { layoutInLua } from './bullmq.ts';

const read = (name: string): string => readFileSync(new URL(`../lua/${name}.lua`, import.meta.url), 'utf8');

/**
 * Makes a method of the client that runs a script of ours on one shard, with what all of them know of shards and of BullMQ in
 * front, and what some know besides. Once for each client: a second definition would send the whole text again.
 */
export function defineShardScript(
  redis: RedisClient,
  method: string,
  name: string,
  ...before: readonly string[]
): void {
  if (method in redis) return;
  redis.defineCommand(method, {
    numberOfKeys: 1,
    lua: [layoutInLua(), read('shard'), ...before.map(read), read(name)].join('\n'),
  });
}
