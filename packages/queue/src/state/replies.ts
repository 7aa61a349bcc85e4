import { randomUUID } from 'node:crypto';
import type { OutcomeKind } from '@carillon/core';
import type { RedisClient } from '../redis/redis.ts';

/** What a worker tells of one delivery. Neither pushkey nor content is in it (invariant 12). */
export interface Reply {
  /** Whether the pushkey is rejected from now on. */
  readonly rejected: boolean;
  /** False when the delivery is tried again by itself, so that another reply follows. */
  readonly final: boolean;
  /** What the send ended in. Absent where the delivery ended without one: expired, or found dead meanwhile. */
  readonly outcome?: { readonly kind: OutcomeKind; readonly reason: string; readonly cure?: string };
}

/**
 * Lets a process wait for the outcome of one delivery, which Element's test push and `carillon send` ask for:
 * the worker publishes it on a channel of that process. Nothing is stored: who does not listen any more has
 * answered already.
 */
export interface ReplyDesk {
  /**
   * Listens before the delivery is queued. Rejects within a second when Redis does not let it. `answer` resolves
   * to the final reply, or to undefined when none came within `waitMs`; `heard` gets those that are not final.
   */
  expect(waitMs: number, heard?: (reply: Reply) => void): Promise<ExpectedReply>;
  close(): Promise<void>;
}

export interface ExpectedReply {
  /** Goes into `delivery.replyTo`. */
  readonly replyTo: string;
  readonly answer: Promise<Reply | undefined>;
}

/** `connect` makes a connection of its own on first use: one that subscribes can do nothing else. */
export function createReplyDesk(connect: () => RedisClient, keyPrefix: string): ReplyDesk {
  const channel = `${keyPrefix}:replies:${randomUUID()}`;
  const expected = new Map<string, (reply: Reply | undefined) => void>();
  let subscriber: RedisClient | undefined;
  let subscribed: Promise<unknown> | undefined;

  function subscribe(): Promise<unknown> {
    if (subscribed !== undefined) return subscribed;
    subscriber ??= connect();
    subscriber.on('error', () => undefined); // the request that waits gets no reply and is answered without one
    subscriber.on('message', (_channel: string, message: string) => {
      const gap = message.indexOf(' ');
      const reply = parsed(message.slice(gap + 1));
      if (reply !== undefined) expected.get(message.slice(0, gap))?.(reply);
    });
    subscribed = subscriber.subscribe(channel);
    subscribed.catch(() => (subscribed = undefined));
    return subscribed;
  }

  return {
    async expect(waitMs, heard) {
      await within(subscribeMs, subscribe());
      const id = randomUUID();
      const answer = new Promise<Reply | undefined>((resolve) => {
        const timer = setTimeout(resolve, waitMs, undefined);
        expected.set(id, (reply) => {
          if (reply?.final === false) {
            heard?.(reply);
            return;
          }
          clearTimeout(timer);
          expected.delete(id);
          resolve(reply);
        });
        timer.ref();
      }).finally(() => expected.delete(id));
      return { replyTo: `${channel} ${id}`, answer };
    },
    async close() {
      for (const resolve of expected.values()) resolve(undefined);
      subscriber?.disconnect();
    },
  };
}

/** Undefined for what no worker of this version sends: nobody's wait ends by it, and no process. */
function parsed(text: string): Reply | undefined {
  try {
    return JSON.parse(text) as Reply; // only `sendReply` publishes there
  } catch {
    return undefined;
  }
}

const subscribeMs = 900;

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('Redis did not answer in time')), ms);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

/** The worker's side. Lost if nobody listens any more, which is fine. */
export async function sendReply(redis: RedisClient, replyTo: string, reply: Reply): Promise<void> {
  const [channel = '', id = ''] = replyTo.split(' ');
  await redis.publish(channel, `${id} ${JSON.stringify(reply)}`);
}
