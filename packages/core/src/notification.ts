/**
 * The Matrix notification as a homeserver really sends it, read once into our own types.
 *
 * Source: Matrix Push Gateway API, `POST /_matrix/push/v1/notify`. Every field but the devices' `app_id` and
 * `pushkey` is optional on the wire, and one of a wrong type counts as absent: remote users choose display
 * names, room names and content, and must not be able to make a request unreadable.
 */
export interface Notification {
  /** `event_id`. Absent in badge updates. May be empty, which is no event. */
  readonly eventId?: string;
  readonly roomId?: string;
  /** The event's type, such as `m.room.message`. Absent with the format `event_id_only` and in badge updates. */
  readonly type?: string;
  readonly sender?: string;
  readonly senderDisplayName?: string;
  readonly roomName?: string;
  readonly roomAlias?: string;
  /** The `membership` of an `m.room.member` event. */
  readonly membership?: string;
  /** True when a member event is about the receiver. Some homeservers get it wrong; do not build on it alone. */
  readonly userIsTarget?: boolean;
  /** `low` only if the homeserver said exactly that; missing means high. */
  readonly prio: Prio;
  readonly counts?: Counts;
  /** Whatever a room member wrote: any JSON value, any key, any size. Never merged, never trusted. */
  readonly content?: unknown;
  /**
   * Fields that are none of these, as the homeserver sent them, for phones that get the notification whole
   * (UnifiedPush). Absent where there are none.
   */
  readonly others?: Readonly<Record<string, unknown>>;
}

export type Prio = 'high' | 'low';

/** Absent counts mean "leave the badge alone"; zero clears it. Whole numbers, never negative. */
export interface Counts {
  readonly unread?: number;
  readonly missedCalls?: number;
}

/** One pusher of the notification's receiver. */
export interface Device {
  readonly appId: string;
  readonly pushkey: string;
  /** UNIX **seconds** of the last time the client set this pusher. Some homeservers never send it. */
  readonly pushkeyTs?: number;
  /** The pusher's `data` without `url`: `format`, `default_payload` and whatever the client put there. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Hash of what its `data` address it by, where the pushkey alone does not say who is rung: part of the registration. */
  readonly address?: string;
  /** Set by push rules: `sound`, `highlight` and custom ones. */
  readonly tweaks?: Readonly<Record<string, unknown>>;
}

export interface NotifyRequest {
  readonly notification: Notification;
  readonly devices: readonly Device[];
  /** What duplicates are told by: `event_id`, else a non-empty `id` (the protocol's first draft). */
  readonly eventKey?: string;
}
