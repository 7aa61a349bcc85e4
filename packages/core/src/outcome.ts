import type { Backoff } from './retry-policy.ts';

/**
 * What became of one send. Exactly one of five, always a value and never an exception (invariant 6).
 *
 * `reason` is the provider's own word (`BadDeviceToken`, `UNREGISTERED`) or ours in snake case (`timeout`,
 * `payload_not_object`), from a closed set: it becomes a metric label.
 */
export type Outcome = Delivered | Dead | Refused | Later | Misconfigured;

interface Ended {
  readonly reason: string;
  /**
   * Whether the push may have left this process for the provider. What surely never did says nothing of the
   * registration, and of the provider only where it is `misconfigured` or its trouble for everyone.
   */
  readonly sent: boolean;
  /** The push service's origin, where a client chose it (Web Push): what it answers speaks for no other. */
  readonly origin?: string;
  /** By an app's second transport: it says nothing of what the first one sends, and trips, parks or holds nothing. */
  readonly aside?: true;
}

/** The provider took the message. */
export interface Delivered extends Ended {
  readonly kind: 'delivered';
  /** The provider's name for the message, for the logs of both sides. */
  readonly providerId?: string;
}

/** The pushkey will never work again; it is recorded and rejected on its next notify (invariants 4 and 5). */
export interface Dead extends Ended {
  readonly kind: 'dead';
  /**
   * True where the same answer also comes of our own wrong topic, key or environment: decided by the
   * app's fuse before it may become a rejection (invariant 7). `origin` where it also comes of a push service that is
   * down, for all of its endpoints.
   */
  readonly suspect: boolean | 'origin';
  /** Milliseconds since 1970: when the provider says the pushkey died. A younger registration is alive. */
  readonly since?: number;
  /** Which mistake of ours brings the same answer, as the one sentence that mends it; where `suspect` is true. */
  readonly cure?: string;
}

/** This message will never be taken, and the pushkey is fine. Dropped and counted. */
export interface Refused extends Ended {
  readonly kind: 'refused';
}

/** A passing fault. Tried again, not before it makes sense, until the delivery expires. */
export interface Later extends Ended {
  readonly kind: 'later';
  /** Milliseconds since 1970, from the provider's `Retry-After`. Wins over `backoff`. */
  readonly notBefore?: number;
  readonly backoff: Backoff;
  /**
   * Whether it is this pushkey that has to wait, or the provider that is in trouble for everyone. Only the
   * second kind counts towards holding the app's queues.
   */
  readonly scope: 'device' | 'provider';
  /** False for what was surely never sent, or was cut short by our own shutdown (invariant 11). */
  readonly spendsTry: boolean;
  /** A registration that is answered nothing else for so many milliseconds is dead. */
  readonly deadAfterMs?: number;
  /** What an operator can do about it, as one sentence; absent where only waiting helps. */
  readonly cure?: string;
}

/** Our credentials, topic, project or clock are wrong: every send of the app would fail. It is parked. */
export interface Misconfigured extends Ended {
  readonly kind: 'misconfigured';
  /** What the operator has to do, as one sentence. */
  readonly cure: string;
  /**
   * `app`: one answer is enough to know that every send of the app fails. `registration`: this registration alone can
   * bring the answer, and only several different ones prove that it is the app's (invariant 15).
   */
  readonly speaksFor: 'app' | 'registration';
}

export type OutcomeKind = Outcome['kind'];
export const outcomeKinds: readonly OutcomeKind[] = [
  'delivered',
  'dead',
  'refused',
  'later',
  'misconfigured',
];
