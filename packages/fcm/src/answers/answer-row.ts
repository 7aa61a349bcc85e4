import type { Backoff, Misconfigured, Outcome } from '@carillon/core';
import type { Detail } from './answer-facts.ts';

/** What can become of a send without an answer of FCM to it. */
export type FcmFault =
  | 'pushkey_malformed'
  | 'default_payload_not_object'
  | 'nothing_to_send'
  | 'dns_failed'
  | 'connect_failed'
  | 'tls_failed'
  | 'proxy_failed'
  | 'no_connection'
  | 'timeout'
  | 'connection_reset'
  | 'shutdown'
  | 'token_clock_wrong'
  | 'token_key_unknown'
  | 'token_refused'
  | 'token_endpoint_failed'
  | 'token_endpoint_unreachable';

/** One answer, and all that follows from it. */
export interface FcmAnswerRow {
  readonly when: WhenAnswered | { readonly fault: FcmFault };
  /** The answer in words, for the documentation. */
  readonly answer: string;
  readonly meaning: string;
  readonly kind: Outcome['kind'];
  /** Metric label: FCM's own word where it has one, ours in snake case otherwise. */
  readonly reason: string;
  readonly log: 'debug' | 'info' | 'warn' | 'error';
  readonly source: string;
  /** Whether the push may have left this process for the provider. */
  readonly sent: boolean;
  /** `dead` only. */
  readonly suspect?: boolean;
  /** `later` only. */
  readonly later?: {
    readonly backoff: Backoff;
    readonly scope: 'device' | 'provider';
    readonly spendsAttempt: boolean;
  };
  /** What the operator has to do: with `misconfigured` always, with `later` where more than waiting helps. */
  readonly cure?: string;
  /** `misconfigured` only: whether one registration alone can bring the answer. */
  readonly speaksFor?: Misconfigured['speaksFor'];
  /** Worth one renewal of the access token and one more send. */
  readonly renewToken?: boolean;
  /** A wrong clock of ours brings the same answer. */
  readonly mayBeClock?: boolean;
  /** Not in Google's documentation: counted, so that somebody notices. */
  readonly unknown?: boolean;
}

export interface WhenAnswered {
  /** HTTP status, or the first and last of a range. */
  readonly status: number | readonly [number, number];
  /** `errorCode` of the FcmError detail; `none`: there is no such detail; absent: whatever it is. */
  readonly errorCode?: string | readonly string[];
  readonly detail?: Detail;
}
