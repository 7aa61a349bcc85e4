import type { Backoff, Misconfigured, Outcome } from '@carillon/core';

/** One answer of APNs, or what happened instead of one, and all that follows from it. */
export interface ApnsAnswerRow {
  /** The answer in words, for the documentation. */
  readonly answer: string;
  readonly meaning: string;
  readonly kind: Outcome['kind'];
  /** Metric label: Apple's own word where there is one, ours in snake case otherwise. */
  readonly reason: string;
  readonly log: 'debug' | 'info' | 'warn' | 'error';
  readonly source: string;
  /** Whether the push may have left this process for APNs. */
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
  /** Worth one more send before the outcome counts. */
  readonly resend?: Resend;
  /** A wrong clock of ours brings the same answer. */
  readonly mayBeClock?: boolean;
  /** Not in Apple's documentation: counted, so that somebody notices. */
  readonly unknown?: boolean;
}

/** What has to change before the same notification is sent once more. */
export type Resend =
  /** Nothing: it was surely not processed. */
  | 'at_once'
  /** The connection is spoilt. */
  | 'new_connection'
  /** The provider token is too old: sign another one; a new connection, which has seen none yet. */
  | 'new_token'
  /** Too many provider tokens: take the one before, sign no other for a while; a new connection. */
  | 'older_token';

/** Keyed by the reason; a row of Apple's has a status, from which `answer` is made. */
export type Row = Omit<ApnsAnswerRow, 'reason'>;
/** What APNs answers was sent. */
export type StatusRow = Omit<Row, 'sent'>;
export type ReasonRow = Omit<Row, 'answer' | 'sent'> & { readonly status: number };

/** Where Apple and the RFCs say what an answer means. */
export const pages = {
  responses:
    'https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns',
  requests:
    'https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns',
  tokens:
    'https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns',
  certificates:
    'https://developer.apple.com/documentation/usernotifications/establishing-a-certificate-based-connection-to-apns',
  voip: 'https://developer.apple.com/documentation/pushkit/responding-to-voip-notifications-from-pushkit',
  refusedStreams: 'https://www.rfc-editor.org/rfc/rfc9113#section-8.7',
  goaway: 'https://www.rfc-editor.org/rfc/rfc9113#section-6.8',
  errorCodes: 'https://www.rfc-editor.org/rfc/rfc9113#section-7',
  own: 'docs/outcomes.md',
} as const;

/** Kinds of `later`. */
export const laters = {
  outage: { backoff: 'outage', scope: 'provider', spendsAttempt: true },
  /** Surely not processed. */
  unsent: { backoff: 'connection', scope: 'provider', spendsAttempt: false },
  /** May have been processed. */
  uncertain: { backoff: 'connection', scope: 'provider', spendsAttempt: true },
  /** Too much for one device. That a minute has to pass first is Google's rule, not Apple's. */
  busyDevice: { backoff: 'outage', scope: 'device', spendsAttempt: true },
} as const;
