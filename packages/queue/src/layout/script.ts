import { readFileSync } from 'node:fs';
import { layoutInLua } from './bullmq.ts';

const read = (name: string): string => readFileSync(new URL(`../lua/${name}.lua`, import.meta.url), 'utf8');

/**
 * A script of ours that works on one shard, with what all of them know of shards and of BullMQ in front, and what some know
 * besides.
 */
export function shardScript(
  name: string,
  ...before: readonly string[]
): { readonly numberOfKeys: 1; readonly lua: string } {
  return { numberOfKeys: 1, lua: [layoutInLua(), read('shard'), ...before.map(read), read(name)].join('\n') };
}
