import type { Lane } from '@carillon/core';

/**
 * One step of a delivery's way, as `carillon trace` tells it. The number of a kind is stored: append, never
 * reorder.
 */
export const hopKinds = [
  // At the door
  'queued',
  'duplicate',
  'known_dead',
  'unknown_app',
  'ignored',
  'ambiguous_app',
  'unusable',
  /** Redis did not confirm; the homeserver was answered 503. */
  'unconfirmed',
  /** Dropped, of low priority, because the app's backlog is full. */
  'shed',
  /** Not taken for the same reason; the homeserver was answered 503. */
  'backlog_full',
  // A send, by its outcome
  'delivered',
  'dead',
  /** Answered as dead, perhaps for a mistake of ours: the fuse decides. */
  'suspect',
  'refused',
  'later',
  'misconfigured',
  // On the queue
  /** When it was accepted, told by a worker because the ingress kept nothing of it (sampling). */
  'accepted',
  'delayed',
  'parked',
  /** A suspect waits for the fuse's verdict. */
  'awaits_fuse',
  'given_back',
  'recovered',
  // Ends without a send
  'expired',
  'found_dead',
  'superseded',
  'dead_letter',
  /** Its app only tries things out: everything was done but the send. */
  'dry_run',
] as const;

export type HopKind = (typeof hopKinds)[number];

/** Kinds of a device that got no delivery: nothing of it went on a queue, and it has no identity. */
export const withoutDelivery: ReadonlySet<HopKind> = new Set<HopKind>([
  'unknown_app',
  'ignored',
  'ambiguous_app',
  'unusable',
]);

/**
 * Hops are kept in two streams, so that a flood of the one cannot push out the other: what is queued and
 * delivered at once, and everything else.
 */
export const hopClasses = ['ordinary', 'problem'] as const;
export type HopClass = (typeof hopClasses)[number];

interface HopFacts {
  readonly kind: HopKind;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The app's entry in the configuration. */
  readonly app?: string;
  readonly lane?: Lane;
  /** The provider's or our own word for an outcome; the `app_id` where no app of the configuration has it. */
  readonly word?: string;
  /** What the operator has to do about it. */
  readonly cure?: string;
  /** How long a send took. */
  readonly durationMs?: number;
  /** Milliseconds since 1970: when it is tried again. */
  readonly until?: number;
  /** The provider's name for the message. */
  readonly providerId?: string;
}

/** A hop to be recorded. Secrets in it are turned into keyed fingerprints before anything is stored. */
export interface NewHop extends OrUndefined<HopFacts> {
  /** `Delivery.id`. */
  readonly deliveryId?: string | undefined;
  /** Both or none: they tie the delivery to what an operator can ask for. */
  readonly eventKey?: string | undefined;
  readonly pushkey?: string | undefined;
  /** Only with both, and only where they are indexed (`trace.index`): the room of the event, and who sent it. */
  readonly room?: string | undefined;
  readonly sender?: string | undefined;
}

/** So that a hop is written down as one object, and none is copied. */
type OrUndefined<T> = { readonly [Key in keyof T]: T[Key] | (undefined extends T[Key] ? undefined : never) };

/** A hop as it was kept. */
export interface Hop extends HopFacts {
  readonly delivery?: number;
  readonly event?: number;
  readonly pushkey?: number;
}
