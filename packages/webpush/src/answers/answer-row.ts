import type { Backoff, Dead, Outcome } from '@carillon/core';
import type { AnswerWord } from './answer-facts.ts';
import type { PayloadFault } from '../payload/payload.ts';

/** What can become of a send without an answer to it. */
export type WebPushFault =
  | PayloadFault
  | TransportFault
  | 'registration_unusable'
  | 'endpoint_not_allowed'
  | 'origin_resting'
  | 'endpoint_resting'
  | 'origin_busy'
  | 'strangers_busy'
  | 'shutdown';

export type TransportFault =
  | 'address_forbidden'
  | 'dns_failed'
  | 'connect_failed'
  | 'tls_failed'
  | 'proxy_failed'
  | 'timeout'
  | 'connection_reset'
  | 'answer_unreadable';

/** One answer, and all that follows from it. */
export interface WebPushAnswerRow {
  readonly when: WhenAnswered | { readonly fault: WebPushFault };
  /** The answer in words, for the documentation. */
  readonly answer: string;
  readonly meaning: string;
  readonly kind: Outcome['kind'];
  /** Metric label: the service's own word where it has one, ours in snake case otherwise. */
  readonly reason: string;
  readonly log: 'debug' | 'info' | 'warn' | 'error';
  readonly source: string;
  /** Whether the push may have left this process for the provider. */
  readonly sent: boolean;
  /** `dead` only. */
  readonly suspect?: Dead['suspect'];
  /** `later` only. */
  readonly later?: {
    readonly backoff: Backoff;
    readonly scope: 'device' | 'provider';
    readonly spendsAttempt: boolean;
    /** A registration that is answered nothing else for so long is dead. */
    readonly deadAfterMs?: number;
  };
  /** `misconfigured` only: what the operator has to do. The outcome names the push service's origin. */
  readonly cure?: string;
  /** In nobody's documentation: counted, so that somebody notices. */
  readonly unknown?: boolean;
}

export interface WhenAnswered {
  /** HTTP status, or the first and last of a range. */
  readonly status: number | readonly [number, number];
  /** Absent: whatever was said. */
  readonly word?: AnswerWord | readonly AnswerWord[];
}

/**
 * Every `later` is the device's: an app has as many providers as its clients have push services, and one that is in
 * trouble must not hold the others (invariants 7 and 8). Origins rest by a circuit of their own instead.
 */
export const outage = { backoff: 'outage', scope: 'device', spendsAttempt: true } as const;
export const throttled = { backoff: 'throttled', scope: 'device', spendsAttempt: true } as const;
export const unsent = { backoff: 'outage', scope: 'device', spendsAttempt: false } as const;
export const uncertain = { backoff: 'connection', scope: 'device', spendsAttempt: true } as const;

/** Where what is ours and no vendor's is explained. */
export const own = 'docs/outcomes.md';
