import type { Lane } from '@carillon/core';
import { queueName, type QueueRef } from './queue-names.ts';
import type { RedisClient } from './redis.ts';

/** How much waits on one queue. */
export interface QueueDepth {
  readonly queue: QueueRef;
  readonly waiting: number;
  /** Waiting for a later try. */
  readonly delayed: number;
  readonly active: number;
  /** Milliseconds since 1970 when the delivery that has waited longest was accepted; absent when none waits. */
  readonly oldestAt?: number;
}

/** Reads the depth of each queue: two round trips for all of them together. */
export async function readDepths(
  redis: RedisClient,
  keyPrefix: string,
  queues: readonly QueueRef[],
): Promise<QueueDepth[]> {
  return Promise.all(
    queues.map(async (queue) => {
      const prefix = `${keyPrefix}:${queueName(queue)}:`;
      const [waiting, delayed, active, oldestId] = await Promise.all([
        redis.llen(`${prefix}wait`),
        redis.zcard(`${prefix}delayed`),
        redis.llen(`${prefix}active`),
        redis.lindex(`${prefix}wait`, -1),
      ]);
      const oldestAt = oldestId === null ? null : await redis.hget(`${prefix}${oldestId}`, 'timestamp');
      return { queue, waiting, delayed, active, ...(oldestAt !== null && { oldestAt: Number(oldestAt) }) };
    }),
  );
}

/** How much waits in one lane of an app, over all its shards. */
export interface LaneDepth extends Omit<QueueDepth, 'queue'> {
  readonly app: string;
  readonly lane: Lane;
}

/** Adds up the shards of each app and lane; the oldest of them all is the oldest. */
export function addShards(depths: readonly QueueDepth[]): readonly LaneDepth[] {
  const byLane = Map.groupBy(depths, ({ queue }) => `${queue.lane} ${queue.app}`);
  return [...byLane.values()].flatMap((shards) => {
    const [first] = shards;
    if (first === undefined) return [];
    const sum = (of: (shard: QueueDepth) => number): number =>
      shards.reduce((total, shard) => total + of(shard), 0);
    const oldestAt = Math.min(...shards.map((shard) => shard.oldestAt ?? Infinity));
    return {
      app: first.queue.app,
      lane: first.queue.lane,
      waiting: sum(({ waiting }) => waiting),
      delayed: sum(({ delayed }) => delayed),
      active: sum(({ active }) => active),
      ...(oldestAt !== Infinity && { oldestAt }),
    };
  });
}
