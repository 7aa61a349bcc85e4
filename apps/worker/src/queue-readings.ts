import { addShards, type QueueDepth } from '@carillon/queue';
import type { QueueReading } from '@carillon/runtime';

/** What the metrics tell of the queues. */
export function queueReadings(
  depths: readonly QueueDepth[],
  deadLetters: ReadonlyMap<string, number>,
  now: number,
): QueueReading[] {
  return addShards(depths).map(({ app, lane, waiting, delayed, oldestAt }) => ({
    app,
    lane,
    waiting,
    delayed,
    ...(oldestAt !== undefined && { oldestSeconds: Math.max(0, now - oldestAt) / 1_000 }),
    deadLetters: deadLetters.get(app) ?? 0,
  }));
}
