import type { AnswerRow, DialFault, SharedFault } from '@carillon/sending';

/** What can become of a send without an answer of FCM to it. */
export type FcmFault =
  | SharedFault
  | DialFault
  | TokenFault
  | 'pushkey_malformed'
  | 'pushkey_is_endpoint'
  | 'nothing_to_send'
  | 'no_connection'
  | 'timeout'
  | 'connection_reset';

/** Why there is no access token, besides a proxy that does not let us ask for one. */
export type TokenFault =
  | 'token_clock_wrong'
  | 'token_key_unknown'
  | 'token_refused'
  | 'token_endpoint_failed'
  | 'token_endpoint_unreachable';

export type FcmAnswerRow = AnswerRow<FcmFault>;
