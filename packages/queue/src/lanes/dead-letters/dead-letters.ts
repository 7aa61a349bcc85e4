import { decodeDelivery, type Delivery } from '@carillon/core';
import type { Result } from 'ioredis';
import type { DeadLetterRef } from './dead-letter-id.ts';
import { bull } from '../../layout/bullmq.ts';
import { laneName, queueName, shardPrefix, type QueueRef } from '../../layout/keys.ts';
import { defineShardScript } from '../../layout/script.ts';
import type { RedisClient } from '../../redis/redis.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonRetryOrDrop(
      shard: string,
      queue: string,
      id: string,
      how: 'retry' | 'drop',
    ): Result<0 | 1, Context>;
  }
}

/**
 * A delivery that was put among the failed jobs of its queue, because it could not be read or crashed its
 * workers. It waits there for an operator, and nobody sends it.
 */
export interface DeadLetter {
  readonly ref: DeadLetterRef;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly setAsideAt: number;
  /** How often a worker vanished with it. */
  readonly crashes: number;
  /** Size of what is stored of it. */
  readonly bytes: number;
  /** Undefined when it cannot be decoded: then no retry helps. */
  readonly delivery?: Delivery;
}

export type RetryResult =
  | 'retried'
  /** Retried, dropped or trimmed meanwhile, or never there. */
  | 'gone'
  /** Left where it is: it cannot be decoded. */
  | 'unreadable'
  /** Left where it is: a worker would drop it at once. */
  | 'expired';

/** The dead letters of all queues: what workers set aside, at most 1,000 of each queue. */
export interface DeadLetters {
  /** Those of one queue, the latest first, read a few at a time. */
  list(queue: QueueRef): AsyncIterable<DeadLetter>;
  read(ref: DeadLetterRef): Promise<DeadLetter | undefined>;
  /** Puts it at the end of its queue as if it had never been tried by a worker. */
  retry(ref: DeadLetterRef, now: number): Promise<RetryResult>;
  /** Throws it away. Resolves to whether it was still there. */
  drop(ref: DeadLetterRef): Promise<boolean>;
}

/** Read at a time: letters may be large, and a command has to be answered within a second. */
const pageSize = 50;

export function createDeadLetters(redis: RedisClient, keyPrefix: string): DeadLetters {
  defineShardScript(redis, 'carillonRetryOrDrop', 'retry-or-drop');
  const keyOf = (queue: QueueRef, kind: string): string => `${keyPrefix}:${queueName(queue)}:${kind}`;

  async function read(ref: DeadLetterRef): Promise<DeadLetter | undefined> {
    const { queue, number } = ref;
    const [setAsideAt, [data, reason, stalls]] = await Promise.all([
      redis.zscore(keyOf(queue, bull.failed), number),
      redis.hmget(keyOf(queue, number), bull.data, bull.failedReason, bull.stalls),
    ]);
    if (setAsideAt === null) return undefined;
    const stored = decodeDelivery(data ?? '', { id: number, ...queue });
    const delivery = stored.kind === 'delivery' ? stored.delivery : undefined;
    return {
      ref,
      reason: reason ?? 'unknown',
      setAsideAt: Number(setAsideAt),
      crashes: Number(stalls ?? 0),
      bytes: Buffer.byteLength(data ?? ''),
      ...(delivery !== undefined && { delivery }),
    };
  }

  const retryOrDrop = ({ queue, number }: DeadLetterRef, how: 'retry' | 'drop'): Promise<0 | 1> =>
    redis.carillonRetryOrDrop(shardPrefix(keyPrefix, queue.shard), laneName(queue), number, how);

  return {
    read,
    async *list(queue) {
      const numbers = await redis.zrevrange(keyOf(queue, bull.failed), 0, -1);
      for (let at = 0; at < numbers.length; at += pageSize) {
        const page = numbers.slice(at, at + pageSize).map((number) => read({ queue, number }));
        for (const letter of await Promise.all(page)) if (letter !== undefined) yield letter;
      }
    },
    async retry(ref, now) {
      const letter = await read(ref);
      if (letter === undefined) return 'gone';
      if (letter.delivery === undefined) return 'unreadable';
      if (letter.delivery.expiresAt <= now) return 'expired';
      return (await retryOrDrop(ref, 'retry')) === 1 ? 'retried' : 'gone';
    },
    drop: async (ref) => (await retryOrDrop(ref, 'drop')) === 1,
  };
}
