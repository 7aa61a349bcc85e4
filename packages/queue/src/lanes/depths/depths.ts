import type { Lane } from '@carillon/core';
import { queueName, type QueueRef } from '../../queue-names.ts';
import type { RedisClient } from '../../redis/redis.ts';

/** How much waits on one queue. */
export interface QueueDepth {
  readonly queue: QueueRef;
  /** Deliveries that could be sent now. */
  readonly waiting: number;
  /** Deliveries that wait for their next try. */
  readonly delayed: number;
  /** Deliveries that workers have in hand. */
  readonly active: number;
  /** Deliveries that could not be read or crashed their workers, see dead-letters.ts. */
  readonly deadLetters: number;
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
  const [waiting, delayed, active, deadLetters, ...ends] = await Promise.all([
    redis.llen(`${prefix}wait`),
    redis.zcard(`${prefix}delayed`),
    redis.llen(`${prefix}active`),
    redis.zcard(`${prefix}failed`),
    // What was given back stands in front of older ones, so the oldest may be at either end.
    redis.lindex(`${prefix}wait`, 0),
    redis.lindex(`${prefix}wait`, -1),
  ]);
  const ids = new Set(ends.filter((id) => id !== null));
  const times = await Promise.all([...ids].map((id) => redis.hget(`${prefix}${id}`, 'timestamp')));
  const oldestAt = Math.min(...times.filter((time) => time !== null).map(Number));
  return { queue, waiting, delayed, active, deadLetters, ...(oldestAt !== Infinity && { oldestAt }) };
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
      deadLetters: sum(({ deadLetters }) => deadLetters),
      ...(oldestAt !== Infinity && { oldestAt }),
    };
  });
}
