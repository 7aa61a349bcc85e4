import slotOf from 'cluster-key-slot';
import { expect, test } from 'vitest';
import { shardTag } from './shard-tag.ts';

/** How many of the first `shards` each of the nodes gets, when the slots are dealt out evenly in a row. */
function spread(shards: number, nodes: number): readonly number[] {
  const counts = Array.from({ length: nodes }, () => 0);
  for (let shard = 0; shard < shards; shard++) {
    const node = Math.floor((slotOf(shardTag(shard)) * nodes) / 16_384);
    counts[node] = (counts[node] ?? 0) + 1;
  }
  return counts;
}

test.each([
  [2, 2],
  [3, 3],
  [6, 3],
  [8, 3],
  [12, 3],
  [16, 4],
  [32, 3],
])('%i shards lie evenly on %i nodes', (shards, nodes) => {
  const counts = spread(shards, nodes);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
});

test('256 shards have 256 tags, and no node of 32 has twice its part', () => {
  expect(new Set(Array.from({ length: 256 }, (_, shard) => shardTag(shard))).size).toBe(256);
  expect(Math.max(...spread(256, 32))).toBeLessThan(16);
});
