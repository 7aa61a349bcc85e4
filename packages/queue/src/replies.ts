import { randomUUID } from 'node:crypto';
import type { RedisClient } from './redis.ts';

/**
 * Lets an ingress wait for the outcome of one delivery, which Element's test push asks for: the worker
 * publishes it on a channel of the ingress process. Nothing is stored: who does not listen any more has
 * answered already.
 */
export interface ReplyDesk {
  /**
   * Listens before the delivery is queued. Rejects within a second when Redis does not let it. `dead` resolves
   * to undefined when nothing came within `waitMs`.
   */
  expect(waitMs: number): Promise<ExpectedReply>;
  close(): Promise<void>;
}

export interface ExpectedReply {
  /** Goes into `delivery.replyTo`. */
  readonly replyTo: string;
  readonly dead: Promise<boolean | undefined>;
}

/** `connect` makes a connection of its own on first use: one that subscribes can do nothing else. */
export function createReplyDesk(connect: () => RedisClient, keyPrefix: string): ReplyDesk {
  const channel = `${keyPrefix}:replies:${randomUUID()}`;
  const expected = new Map<string, (dead: boolean | undefined) => void>();
  let subscriber: RedisClient | undefined;
  let subscribed: Promise<unknown> | undefined;

  function subscribe(): Promise<unknown> {
    if (subscribed !== undefined) return subscribed;
    subscriber ??= connect();
    subscriber.on('error', () => undefined); // whoever waits gets no reply and answers without one
    subscriber.on('message', (_channel: string, message: string) => {
      const [id = '', verdict] = message.split(' ');
      expected.get(id)?.(verdict === 'dead');
    });
    subscribed = subscriber.subscribe(channel);
    subscribed.catch(() => (subscribed = undefined));
    return subscribed;
  }

  return {
    async expect(waitMs) {
      await within(subscribeMs, subscribe());
      const id = randomUUID();
      const dead = new Promise<boolean | undefined>((resolve) => {
        const timer = setTimeout(resolve, waitMs, undefined);
        expected.set(id, (verdict) => {
          clearTimeout(timer);
          expected.delete(id);
          resolve(verdict);
        });
        timer.ref();
      }).finally(() => expected.delete(id));
      return { replyTo: `${channel} ${id}`, dead };
    },
    async close() {
      for (const resolve of expected.values()) resolve(undefined);
      subscriber?.disconnect();
    },
  };
}

const subscribeMs = 900;

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('Redis did not answer in time')), ms);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

/** The worker's side. Lost if the ingress no longer listens, which is fine. */
export async function sendReply(redis: RedisClient, replyTo: string, dead: boolean): Promise<void> {
  const [channel = '', id = ''] = replyTo.split(' ');
  await redis.publish(channel, `${id} ${dead ? 'dead' : 'alive'}`);
}
