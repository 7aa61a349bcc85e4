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
