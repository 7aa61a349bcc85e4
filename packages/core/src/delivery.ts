import type { Device, Notification } from './notification.ts';

/** Which line a delivery waits in. No lane delays another (invariant 8). */
export type Lane = 'calls' | 'high' | 'low';
export const lanes: readonly Lane[] = ['calls', 'high', 'low'];

/** One device of one notification: the job on the queue. Plain data, complete in itself. */
export interface Delivery {
  /**
   * 128 bits, base64url without padding (22 characters). The same over all retries and crashes, so that a
   * provider can replace the first copy by the second (invariant 10). For an event it is the identity that
   * duplicates are told by (invariant 3); for a badge update it is random.
   */
  readonly id: string;
  /** The name of the app's entry in the configuration, which for a glob is not the device's `appId`. */
  readonly app: string;
  readonly lane: Lane;
  /** Milliseconds since 1970: when the homeserver's request was read. */
  readonly acceptedAt: number;
  /** Milliseconds since 1970. After it the delivery is dropped and counted, not sent (invariant 9). */
  readonly expiresAt: number;
  /** Tries that reached or may have reached the provider. */
  readonly tries: number;
  /** Milliseconds since 1970: the first of its last tries that all brought an answer with `deadAfterMs`. */
  readonly unheardSince?: number;
  /** Where the outcome is awaited (Element's test push, `carillon send`); absent otherwise. */
  readonly replyTo?: string;
  /**
   * The trace it belongs to, as BullMQ keeps it on a job (`opts.tm`): JSON with `traceparent` and perhaps
   * `tracestate` (W3C Trace Context). The same over all tries; absent where nothing is traced.
   */
  readonly traceContext?: string;
  /** False where the front door kept no hop of it (`carillon trace`): its event is not among those sampled, or it has none. */
  readonly hops?: false;
  /** True where no second one can be a duplicate of it: its `id` is random. */
  readonly unclaimed?: true;
  readonly notification: Notification;
  readonly device: Device;
}

/**
 * Calls ring for seconds; these event types go to the calls lane. Clients in the field still send the older names: the
 * call itself and its members before MatrixRTC (MSC3401), what rings before it was a notification (MSC4075).
 */
const callTypes: ReadonlySet<string> = new Set([
  'm.call.invite',
  'm.call',
  'org.matrix.msc3401.call',
  'm.call.member',
  'org.matrix.msc3401.call.member',
  'm.rtc.member',
  'org.matrix.msc4143.rtc.member',
  'm.call.notify',
  'org.matrix.msc4075.call.notify',
  'm.rtc.notification',
  'org.matrix.msc4075.rtc.notification',
]);

export function laneOf(notification: Notification): Lane {
  if (notification.type !== undefined && callTypes.has(notification.type)) return 'calls';
  return notification.prio;
}

/** Whether the notification is about an event, and not only about counts. */
export function isAboutEvent({ eventId = '', roomId = '', type = '', content }: Notification): boolean {
  return eventId !== '' || roomId !== '' || type !== '' || content !== undefined;
}

/**
 * Whether the notification only tells the state of the badge (`counts`), as Synapse sends when something was read
 * elsewhere. Of several for one registration only the newest is worth sending.
 */
export function isBadgeUpdate(notification: Notification): boolean {
  return (
    notification.counts !== undefined && notification.others === undefined && !isAboutEvent(notification)
  );
}
