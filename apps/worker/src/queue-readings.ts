import type { QueueDepth } from '@carillon/queue';
import type { QueueReading } from '@carillon/runtime';

/** Adds up the shards of each app and lane; the oldest of them all is the oldest. */
export function queueReadings(
  depths: readonly QueueDepth[],
  deadLetters: ReadonlyMap<string, number>,
  now: number,
): QueueReading[] {
  const byLine = Map.groupBy(depths, ({ queue }) => `${queue.lane} ${queue.app}`);
  return [...byLine.values()].flatMap((shards) => {
    const [first] = shards;
    if (first === undefined) return [];
    const oldestAt = Math.min(...shards.map((shard) => shard.oldestAt ?? Infinity));
    return {
      app: first.queue.app,
      lane: first.queue.lane,
      waiting: shards.reduce((sum, { waiting }) => sum + waiting, 0),
      delayed: shards.reduce((sum, { delayed }) => sum + delayed, 0),
      ...(oldestAt !== Infinity && { oldestSeconds: Math.max(0, now - oldestAt) / 1_000 }),
      deadLetters: deadLetters.get(first.queue.app) ?? 0,
    };
  });
}
