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

/** Queues that are asked for at once: what else goes over the connection has to wait for no more than these. */
const queuesAtOnce = 50;

/** Reads the depth of each queue. */
export async function readDepths(
  redis: RedisClient,
  keyPrefix: string,
  queues: readonly QueueRef[],
): Promise<QueueDepth[]> {
  const depths: QueueDepth[] = [];
  for (let from = 0; from < queues.length; from += queuesAtOnce) {
    const some = queues.slice(from, from + queuesAtOnce);
    depths.push(...(await Promise.all(some.map((queue) => readDepth(redis, keyPrefix, queue)))));
  }
  return depths;
}

async function readDepth(redis: RedisClient, keyPrefix: string, queue: QueueRef): Promise<QueueDepth> {
  const prefix = `${keyPrefix}:${queueName(queue)}:`;
  const [waiting, delayed, active, ...ends] = await Promise.all([
    redis.llen(`${prefix}wait`),
    redis.zcard(`${prefix}delayed`),
    redis.llen(`${prefix}active`),
    // What was given back stands in front of older ones, so the oldest may be at either end.
    redis.lindex(`${prefix}wait`, 0),
    redis.lindex(`${prefix}wait`, -1),
  ]);
  const ids = new Set(ends.filter((id) => id !== null));
  const times = await Promise.all([...ids].map((id) => redis.hget(`${prefix}${id}`, 'timestamp')));
  const oldestAt = Math.min(...times.filter((time) => time !== null).map(Number));
  return { queue, waiting, delayed, active, ...(oldestAt !== Infinity && { oldestAt }) };
}
