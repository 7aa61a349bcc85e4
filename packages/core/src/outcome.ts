import type { Backoff } from './retry-policy.ts';

/**
 * What became of one send. Exactly one of five, always a value and never an exception (invariant 6).
 *
 * `reason` is the provider's own word (`BadDeviceToken`, `UNREGISTERED`) or ours in snake case (`timeout`,
 * `payload_not_object`), from a closed set: it becomes a metric label.
 */
export type Outcome = Delivered | Dead | Refused | Later | Misconfigured;

/** The provider took the message. */
export interface Delivered {
  readonly kind: 'delivered';
  readonly reason: string;
  /** The provider's name for the message, for the logs of both sides. */
  readonly providerId?: string;
}

/** The pushkey will never work again; it is recorded and rejected on its next notify (invariants 4 and 5). */
export interface Dead {
  readonly kind: 'dead';
  readonly reason: string;
  /**
   * True where the same answer also comes of our own wrong topic, key or environment: held back behind the
   * app's fuse before it may become a rejection (invariant 7).
   */
  readonly suspect: boolean;
  /** Milliseconds since 1970: when the provider says the pushkey died. A younger registration is alive. */
  readonly since?: number;
}

/** This message will never be taken, and the pushkey is fine. Dropped and counted. */
export interface Refused {
  readonly kind: 'refused';
  readonly reason: string;
}

/** A passing fault. Tried again, not before it makes sense, until the delivery expires. */
export interface Later {
  readonly kind: 'later';
  readonly reason: string;
  /** Milliseconds since 1970, from the provider's `Retry-After`. Wins over `backoff`. */
  readonly notBefore?: number;
  readonly backoff: Backoff;
  /**
   * Whether it is this pushkey that has to wait, or the provider that is in trouble for everyone. Only the
   * second kind counts towards holding the app's queues.
   */
  readonly scope: 'device' | 'provider';
  /** False for what was surely never sent, or was cut short by our own shutdown (invariant 11). */
  readonly spendsAttempt: boolean;
  /** What an operator can do about it, as one sentence; absent where only waiting helps. */
  readonly cure?: string;
}

/** Our credentials, topic, project or clock are wrong: every send of the app would fail. It is parked. */
export interface Misconfigured {
  readonly kind: 'misconfigured';
  readonly reason: string;
  /** What the operator has to do, as one sentence. */
  readonly cure: string;
  /** The push service's origin where only its deliveries are affected (Web Push), else the whole app. */
  readonly origin?: string;
}

/**
 * Reasons of ours for what never left this process. Such an outcome says nothing of the provider, and is no
 * proof that a parked app is well again.
 */
const unsentReasons: ReadonlySet<string> = new Set([
  'nothing_to_send',
  'default_payload_not_object',
  'payload_too_large',
  'pushkey_malformed',
  'registration_unusable',
  'endpoint_not_allowed',
  'address_forbidden',
]);

export function wasSent({ reason }: Outcome): boolean {
  return !unsentReasons.has(reason);
}

export type OutcomeKind = Outcome['kind'];
export const outcomeKinds: readonly OutcomeKind[] = [
  'delivered',
  'dead',
  'refused',
  'later',
  'misconfigured',
];
