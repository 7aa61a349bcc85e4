import { setTimeout as delay } from 'node:timers/promises';
import type { Like } from '../likes.ts';
import type { RoomEvent } from '../world/event.ts';
import type { Tweaks } from '../world/push-rules.ts';
import type { Pusher } from '../world/pushers.ts';
import { rejectedOf, type Gateway, type GatewayAnswer } from './gateway.ts';
import { canonicalJson } from './notify-body.ts';

/** One POST to a gateway and what came of it. */
export interface Try {
  readonly pusher: Pusher;
  /** Undefined in a badge call. */
  readonly event: RoomEvent | undefined;
  readonly body: string;
  /** `performance.now()` when it was sent. */
  readonly at: number;
  /** Undefined where none came. */
  readonly status: number | undefined;
  /** Why there was no answer, or none that is of use. */
  readonly problem: string | undefined;
  readonly rejected: readonly string[];
  /** Milliseconds; undefined when it is over, or waits for the next event. */
  readonly retryInMs: number | undefined;
  readonly pusherDeleted: boolean;
}

/** What became of an event's push: the last try, or why there was none. */
export type Pushed =
  | { readonly kind: 'delivered' | 'given up'; readonly last: Try }
  /** It was read, the pusher was set again or deleted, or the homeserver ends. */
  | { readonly kind: 'dropped' };

export interface OutboxOptions {
  readonly pusher: Pusher;
  readonly like: Like;
  readonly gateway: Gateway;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  readonly giveUpAfterMs: number;
  readonly unread: () => number;
  readonly isUnread: (event: RoomEvent) => boolean;
  /** Called after each try. A pusher whose key was rejected is gone by then. */
  readonly onTry: (one: Try) => void;
  readonly deletePusher: () => void;
}

/** An event's push under way. */
export interface Underway {
  /** The first POST of it; undefined when it was dropped before. */
  readonly firstTry: Promise<Try | undefined>;
  readonly pushed: Promise<Pushed>;
}

/** What one pusher has still to send. */
export interface Outbox {
  push(event: RoomEvent, tweaks: Tweaks): Underway;
  /** Tells the number of unread things, if it is not the one told last. */
  badge(): void;
  /** Nothing more is sent, and what waits is dropped. */
  close(): void;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { pusher, like, gateway, onTry } = options;
  const closing = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  let toldUnread: number | undefined;
  let nextEvent = Promise.withResolvers<void>();

  async function send(event: RoomEvent, tweaks: Tweaks, onFirst: (one?: Try) => void): Promise<Pushed> {
    const failingSince = performance.now();
    for (let tries = 1; !closing.signal.aborted && options.isUnread(event); tries += 1) {
      const unread = options.unread();
      toldUnread = unread;
      const heard = await post(like.bodies.event({ pusher, event, tweaks, unread }), true);
      const verdict = heard.answer === undefined ? 'failed' : like.judge(heard.answer);
      const isLate = performance.now() - failingSince > options.giveUpAfterMs;
      const retryInMs =
        verdict === 'failed' && !isLate && !closing.signal.aborted ? retryAfterMs(tries) : undefined;
      const one = { ...heard.told, event, retryInMs };
      onTry(one);
      onFirst(one);
      if (verdict === 'delivered') return { kind: 'delivered', last: one };
      if (verdict === 'failed' && retryInMs === undefined) return { kind: 'given up', last: one };
      await (retryInMs === undefined ? untilNextEvent() : wait(retryInMs));
    }
    onFirst();
    return { kind: 'dropped' };
  }

  function retryAfterMs(tries: number): number | undefined {
    const ms = like.retryAfterMs(tries, options.firstRetryMs);
    return ms === undefined ? undefined : Math.min(ms, options.longestRetryMs);
  }

  async function post(body: object, heedsRejected: boolean) {
    const text = canonicalJson(body);
    const at = performance.now();
    let answer: GatewayAnswer | undefined;
    let problem: string | undefined;
    try {
      answer = await gateway.post(pusher.data.url, text);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      problem = code ?? message;
    }
    const rejected = answer !== undefined && like.judge(answer) === 'delivered' ? rejectedOf(answer) : [];
    const pusherDeleted = heedsRejected && rejected.includes(pusher.pushkey) && !closing.signal.aborted;
    if (pusherDeleted) options.deletePusher();
    return {
      answer,
      told: { pusher, body: text, at, status: answer?.status, problem, rejected, pusherDeleted },
    };
  }

  const wait = (ms: number): Promise<void> =>
    delay(ms, undefined, { signal: closing.signal }).catch(() => undefined);

  function untilNextEvent(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    closing.signal.addEventListener('abort', () => closed.resolve(), { once: true });
    return Promise.race([nextEvent.promise, closed.promise]);
  }

  return {
    push(event, tweaks) {
      nextEvent.resolve();
      nextEvent = Promise.withResolvers();
      const first = Promise.withResolvers<Try | undefined>();
      const begin = (): Promise<Pushed> => send(event, tweaks, first.resolve);
      const pushed = like.inOrder ? last.then(begin) : begin();
      last = pushed;
      return { firstTry: first.promise, pushed };
    },
    badge() {
      const unread = options.unread();
      const body = like.bodies.badge({ pusher, unread });
      if (unread === toldUnread || body === undefined || closing.signal.aborted) return;
      toldUnread = unread; // before it is known to have arrived: it is not tried again
      void post(body, like.heedsRejectedBadges).then(({ told }) =>
        onTry({ ...told, event: undefined, retryInMs: undefined }),
      );
    },
    close: () => closing.abort(),
  };
}
