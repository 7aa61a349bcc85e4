import type { AnswerRow, DialFault, SharedFault } from '@carillon/sending';
import type { PayloadFault } from '../payload/payload.ts';
import type { AnswerWord } from './answer-facts.ts';

/** What can become of a send without an answer to it. */
export type WebPushFault =
  | SharedFault
  | PayloadFault
  | TransportFault
  | 'registration_unusable'
  | 'endpoint_not_allowed'
  | 'origin_resting'
  | 'endpoint_resting'
  | 'origin_busy'
  | 'strangers_busy';

export type TransportFault =
  DialFault | 'address_forbidden' | 'timeout' | 'connection_reset' | 'answer_unreadable';

export type WebPushAnswerRow = AnswerRow<WebPushFault, AnswerWord>;

/**
 * Every `later` is the device's: an app has as many providers as its clients have push services, and one that is in
 * trouble must not hold the others (invariants 7 and 8). Origins rest by a circuit of their own instead.
 */
export const outage = { backoff: 'outage', scope: 'device', spendsTry: true } as const;
export const throttled = { backoff: 'throttled', scope: 'device', spendsTry: true } as const;
export const unsent = { backoff: 'outage', scope: 'device', spendsTry: false } as const;
export const uncertain = { backoff: 'connection', scope: 'device', spendsTry: true } as const;
