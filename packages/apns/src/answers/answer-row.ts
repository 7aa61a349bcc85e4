import type { AnswerRow, DialFault, SharedFault } from '@carillon/sending';
import type { RequestFault } from '../payload/request.ts';

/** What can become of a send without an answer of APNs to it. */
export type ApnsFault = SharedFault | RequestFault | ConnectionFault;

/** Why there is no answer: the connection, or ourselves. */
export type ConnectionFault =
  | DialFault
  | 'refused_stream'
  | 'goaway_unprocessed'
  | 'never_sent'
  | 'goaway'
  | 'stream_reset'
  | 'connection_lost'
  | 'timeout'
  | 'no_free_stream'
  | 'not_http2'
  | 'client_certificate_refused'
  | 'shutdown'
  | 'bug';

export type ApnsAnswerRow = AnswerRow<ApnsFault>;

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
} as const;

/** Kinds of `later`. */
export const laters = {
  outage: { backoff: 'outage', scope: 'provider', spendsTry: true },
  /** Surely not processed. */
  unsent: { backoff: 'connection', scope: 'provider', spendsTry: false },
  /** May have been processed. */
  uncertain: { backoff: 'connection', scope: 'provider', spendsTry: true },
  /** Too much for one device. That a minute has to pass first is Google's rule, not Apple's. */
  busyDevice: { backoff: 'outage', scope: 'device', spendsTry: true },
} as const;
