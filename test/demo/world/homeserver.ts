import { randomBytes } from 'node:crypto';
import type { Gateway, NotifyAnswer } from './notify.ts';
import type { Phone } from './phone.ts';
import { pause } from '../waits.ts';

/** A user of the simulated homeserver. */
export interface User {
  readonly name: string;
  readonly id: string;
  /** The one that the user holds; a pusher for it may be registered or not. */
  phone: Phone;
}

export interface Message {
  readonly eventId: string;
  readonly from: User;
  readonly to: User;
  readonly text: string;
  /** The body that was posted, for a retry of the same bytes. */
  readonly body: string;
}

/** A message whose notify was answered 200. */
export interface Notified extends Message {
  /** `performance.now()` when its notify was first sent. */
  readonly postedAt: number;
  readonly rejected: readonly string[];
  /** Whether the homeserver deleted the pusher because of the answer. */
  readonly pusherDeleted: boolean;
}

/**
 * Does what Synapse does with a gateway: one request at a time for each pusher, in the order of the events; a try
 * that is not answered 200 is repeated after 1, 2, 4 … s; a pushkey in `rejected` costs its pusher.
 */
export interface Homeserver {
  /** Registers a pusher for the phone that the user holds. */
  setPusher(user: User): void;
  hasPusher(user: User): boolean;
  /** Somebody writes to somebody. Undefined when the receiver has no pusher, so that nothing is sent. */
  write(from: User, to: User, text: string): Promise<Notified | undefined>;
  /** The same request again, as after an answer that was lost on its way. */
  repeat(message: Message): Promise<NotifyAnswer>;
}

export interface HomeserverOptions {
  readonly gateway: Gateway;
  readonly signal: AbortSignal;
  /** A try that failed and will be repeated. */
  readonly onRetry: (why: string, waitMs: number) => void;
}

interface Pusher {
  readonly phone: Phone;
  /** Seconds since 1970, as `pushkey_ts` is. */
  readonly since: number;
  unread: number;
  /** The end of what is under way or waits. */
  last: Promise<unknown>;
}

const firstRetryMs = 1_000;
const longestRetryMs = 3_600_000;

export function createHomeserver({ gateway, signal, onRetry }: HomeserverOptions): Homeserver {
  const pushers = new Map<User, Pusher>();
  const rooms = new Map<string, string>();

  function roomOf(from: User, to: User): string {
    const key = [from.id, to.id].toSorted().join(' ');
    const room = rooms.get(key) ?? `!${randomBytes(32).toString('base64url')}`;
    rooms.set(key, room);
    return room;
  }

  async function notify(user: User, pusher: Pusher, message: Message): Promise<Notified> {
    const postedAt = performance.now();
    const { rejected } = await retried(() => gateway.post(message.body));
    const pusherDeleted = rejected.includes(pusher.phone.pushkey);
    if (pusherDeleted && pushers.get(user) === pusher) pushers.delete(user);
    return { ...message, postedAt, rejected, pusherDeleted };
  }

  async function retried(post: () => Promise<NotifyAnswer>): Promise<NotifyAnswer> {
    for (let waitMs = firstRetryMs; ; waitMs = Math.min(waitMs * 2, longestRetryMs)) {
      const answer = await post().catch((error: unknown) => {
        signal.throwIfAborted();
        return { status: 0, rejected: [], why: error instanceof Error ? error.message : String(error) };
      });
      if (answer.status === 200) return answer;
      onRetry('why' in answer ? answer.why : `HTTP ${answer.status}`, waitMs);
      await pause(waitMs, signal);
    }
  }

  return {
    setPusher(user) {
      // The app has been in use for a while: a death counts against registrations that are older than it.
      const since = Math.floor(Date.now() / 1_000) - 60;
      pushers.set(user, { phone: user.phone, since, unread: 0, last: Promise.resolve() });
    },
    hasPusher: (user) => pushers.has(user),
    async write(from, to, text) {
      const pusher = pushers.get(to);
      if (pusher === undefined) return undefined;
      pusher.unread = 1; // Synapse counts rooms, and these two share one
      const eventId = `$${randomBytes(32).toString('base64url')}`;
      const body = notifyBody({ eventId, from, text, pusher, roomId: roomOf(from, to) });
      const message = { eventId, from, to, text, body };
      const sent = pusher.last.catch(() => undefined).then(() => notify(to, pusher, message));
      pusher.last = sent;
      return sent;
    },
    repeat: ({ body }) => gateway.post(body),
  };
}

interface EventForPusher {
  readonly eventId: string;
  readonly from: User;
  readonly text: string;
  readonly roomId: string;
  readonly pusher: Pusher;
}

/** Canonical JSON, so in the order of the keys, with the two names of the event id that Synapse sends. */
function notifyBody({
  eventId,
  from,
  text,
  roomId,
  pusher: { phone, since, unread },
}: EventForPusher): string {
  return JSON.stringify({
    notification: {
      content: { body: text, msgtype: 'm.text' },
      counts: { unread },
      devices: [
        {
          app_id: phone.appId,
          data: {},
          pushkey: phone.pushkey,
          pushkey_ts: since,
          tweaks: { highlight: false, sound: 'default' },
        },
      ],
      event_id: eventId,
      id: eventId,
      prio: 'high',
      room_id: roomId,
      sender: from.id,
      sender_display_name: from.name,
      type: 'm.room.message',
    },
  });
}
