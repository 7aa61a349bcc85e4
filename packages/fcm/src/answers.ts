import type { Backoff, Outcome } from '@carillon/core';
import type { AnswerFacts, Detail } from './answer-facts.ts';

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
  /** `dead` only. */
  readonly suspect?: boolean;
  /** `later` only. */
  readonly later?: {
    readonly backoff: Backoff;
    readonly scope: 'device' | 'provider';
    readonly spendsAttempt: boolean;
  };
  /** `misconfigured` only: what the operator has to do. */
  readonly cure?: string;
  /** Worth one renewal of the access token and one more send. */
  readonly renewToken?: boolean;
  /** Not in Google's documentation: counted, so that somebody notices. */
  readonly unknown?: boolean;
}

interface WhenAnswered {
  /** HTTP status, or the first and last of a range. */
  readonly status: number | readonly [number, number];
  /** `errorCode` of the FcmError detail; `none`: there is no such detail; absent: whatever it is. */
  readonly errorCode?: string | readonly string[];
  readonly detail?: Detail;
}

const errorCodes = 'https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode';
const errorBodies = 'https://firebase.google.com/docs/cloud-messaging/error-codes';
const scaling = 'https://firebase.google.com/docs/cloud-messaging/scale-fcm';
const tokens = 'https://developers.google.com/identity/protocols/oauth2/service-account';
const managing = 'https://firebase.google.com/docs/cloud-messaging/manage-tokens';
const messages = 'https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages';
const own = 'docs/outcomes.md';

const anyStatus = [0, 999] as const;
const refusedStatus = [400, 499] as const;
const passing = { backoff: 'connection', scope: 'provider', spendsAttempt: false } as const;
const outage = { backoff: 'outage', scope: 'provider', spendsAttempt: true } as const;

/**
 * Every answer of FCM and its token endpoint, and everything that can happen instead of one. The first row that
 * fits decides; the last ones go by the HTTP status alone. A pushkey dies only by its own row, never by a status.
 */
export const fcmAnswers: readonly FcmAnswerRow[] = [
  {
    when: { status: [200, 299], detail: 'unreadable' },
    answer: '2xx, body is not the JSON of a message',
    meaning: 'taken, though something between us and FCM may have answered',
    kind: 'delivered',
    reason: 'ok_unreadable',
    log: 'warn',
    source: messages,
    unknown: true,
  },
  {
    when: { status: [200, 299] },
    answer: '200',
    meaning: 'FCM has taken the message',
    kind: 'delivered',
    reason: 'ok',
    log: 'debug',
    source: messages,
  },
  {
    when: { status: anyStatus, errorCode: 'UNSPECIFIED_ERROR' },
    answer: 'any status, `UNSPECIFIED_ERROR`',
    meaning: 'FCM does not say; tried again until the delivery expires',
    kind: 'later',
    reason: 'UNSPECIFIED_ERROR',
    log: 'info',
    source: errorCodes,
    later: { backoff: 'outage', scope: 'device', spendsAttempt: true },
  },
  {
    when: { status: refusedStatus, errorCode: 'UNREGISTERED' },
    answer: '404 `NOT_FOUND`, `UNREGISTERED`',
    meaning: 'the app was removed, or was silent for 270 days',
    kind: 'dead',
    reason: 'UNREGISTERED',
    log: 'debug',
    source: errorCodes,
    suspect: false,
  },
  {
    when: { status: refusedStatus, errorCode: 'SENDER_ID_MISMATCH' },
    answer: '403 `PERMISSION_DENIED`, `SENDER_ID_MISMATCH`',
    meaning: 'a pushkey of another Firebase project, or our project is the wrong one',
    kind: 'dead',
    reason: 'SENDER_ID_MISMATCH',
    log: 'info',
    source: errorCodes,
    suspect: true,
  },
  {
    when: { status: 400, errorCode: 'INVALID_ARGUMENT', detail: 'token' },
    answer: '400 `INVALID_ARGUMENT`, no field named, message about the registration token',
    meaning: 'not a registration token at all',
    kind: 'dead',
    reason: 'invalid_registration_token',
    log: 'debug',
    source: errorBodies,
    suspect: false,
  },
  {
    when: { status: 400, errorCode: ['INVALID_ARGUMENT', 'none'], detail: 'field' },
    answer: '400 `INVALID_ARGUMENT`, a field named',
    meaning: 'this message is bad: a reserved key, a value that is no string, a TTL out of range',
    kind: 'refused',
    reason: 'INVALID_ARGUMENT',
    log: 'warn',
    source: errorBodies,
  },
  {
    when: { status: 400, errorCode: ['INVALID_ARGUMENT', 'none'] },
    answer: '400 `INVALID_ARGUMENT` otherwise, also with an empty or unreadable body',
    meaning: 'this message is bad or too big; the code alone says nothing about the pushkey',
    kind: 'refused',
    reason: 'INVALID_ARGUMENT',
    log: 'warn',
    source: managing,
  },
  {
    when: { status: refusedStatus, errorCode: ['THIRD_PARTY_AUTH_ERROR', 'APNS_AUTH_ERROR'] },
    answer: '401 `THIRD_PARTY_AUTH_ERROR` (once `APNS_AUTH_ERROR`)',
    meaning: 'the APNs key or Web Push key inside the Firebase project is wrong or missing',
    kind: 'misconfigured',
    reason: 'THIRD_PARTY_AUTH_ERROR',
    log: 'error',
    source: errorCodes,
    cure: 'Renew the APNs key or the Web Push key under Project settings > Cloud Messaging in the Firebase console.',
  },
  {
    when: { status: 401, errorCode: 'none' },
    answer: '401 `UNAUTHENTICATED`',
    meaning: 'the access token was refused, and so was a new one',
    kind: 'misconfigured',
    reason: 'UNAUTHENTICATED',
    log: 'error',
    source: tokens,
    cure: 'See that the clock is right and that the key in service_account_file has not been deleted; make a new key if it has.',
    renewToken: true,
  },
  {
    when: { status: 403, errorCode: 'none' },
    answer: '403 `PERMISSION_DENIED`, no error code',
    meaning: 'the service account may not send for this project',
    kind: 'misconfigured',
    reason: 'PERMISSION_DENIED',
    log: 'error',
    source: scaling,
    cure: 'Give the service account the role "Firebase Cloud Messaging API Admin", switch on the Firebase Cloud Messaging API of the project, and see that project_id is right.',
  },
  {
    when: { status: 404, errorCode: 'none' },
    answer: '404 `NOT_FOUND`, no error code, also with an HTML or empty body',
    meaning: 'there is no such project, or endpoint is no FCM; it says nothing about the pushkey',
    kind: 'misconfigured',
    reason: 'NOT_FOUND',
    log: 'error',
    source: errorBodies,
    cure: 'Correct project_id (the ID, not the number or the name of the project), and endpoint if it is set.',
  },
  {
    when: { status: refusedStatus, errorCode: ['QUOTA_EXCEEDED', 'none'], detail: 'device_quota' },
    answer: '429 `RESOURCE_EXHAUSTED`, a quota of the device',
    meaning: 'too many messages to this device',
    kind: 'later',
    reason: 'device_quota',
    log: 'info',
    source: errorCodes,
    later: { backoff: 'throttled', scope: 'device', spendsAttempt: true },
  },
  {
    when: { status: refusedStatus, errorCode: ['QUOTA_EXCEEDED', 'none'], detail: 'project_quota' },
    answer: '429 `RESOURCE_EXHAUSTED`, a quota of the project',
    meaning: 'too many messages of the whole project',
    kind: 'later',
    reason: 'project_quota',
    log: 'warn',
    source: errorCodes,
    later: { backoff: 'throttled', scope: 'provider', spendsAttempt: true },
  },
  {
    when: { status: refusedStatus, errorCode: 'QUOTA_EXCEEDED' },
    answer: '429 `RESOURCE_EXHAUSTED`, `QUOTA_EXCEEDED`, the quota not named',
    meaning: 'too many messages to this target, as far as FCM says',
    kind: 'later',
    reason: 'QUOTA_EXCEEDED',
    log: 'info',
    source: errorCodes,
    later: { backoff: 'throttled', scope: 'device', spendsAttempt: true },
  },
  {
    when: { status: 429 },
    answer: '429 otherwise',
    meaning: 'a limit in front of FCM: it knows no device',
    kind: 'later',
    reason: 'RESOURCE_EXHAUSTED',
    log: 'warn',
    source: scaling,
    later: { backoff: 'throttled', scope: 'provider', spendsAttempt: true },
  },
  {
    when: { status: 500 },
    answer: '500 `INTERNAL`',
    meaning: 'a fault of FCM',
    kind: 'later',
    reason: 'INTERNAL',
    log: 'info',
    source: errorCodes,
    later: outage,
  },
  {
    when: { status: 503 },
    answer: '503 `UNAVAILABLE`',
    meaning: 'FCM is overloaded; it may have delivered all the same',
    kind: 'later',
    reason: 'UNAVAILABLE',
    log: 'info',
    source: errorCodes,
    later: outage,
  },
  {
    when: { status: [501, 599] },
    answer: '5xx otherwise',
    meaning: 'a fault of FCM or of something in front of it',
    kind: 'later',
    reason: 'http_5xx',
    log: 'info',
    source: scaling,
    later: outage,
  },
  {
    when: { status: 408 },
    answer: '408',
    meaning: 'our request arrived too slowly',
    kind: 'later',
    reason: 'http_408',
    log: 'info',
    source: scaling,
    later: { backoff: 'connection', scope: 'provider', spendsAttempt: true },
  },
  {
    when: { status: 401 },
    answer: '401 with an unknown error code',
    meaning: 'our credentials, in some way that is not documented',
    kind: 'misconfigured',
    reason: 'http_401',
    log: 'error',
    source: errorCodes,
    cure: 'Look the error up in the FCM documentation; the key in service_account_file or its project is not accepted.',
    unknown: true,
  },
  {
    when: { status: refusedStatus },
    answer: '4xx otherwise, or with an unknown error code',
    meaning: 'this message was refused, in some way that is not documented',
    kind: 'refused',
    reason: 'http_4xx',
    log: 'warn',
    source: errorCodes,
    unknown: true,
  },
  {
    when: { status: anyStatus },
    answer: '3xx, or a status that HTTP does not know',
    meaning: 'not FCM: a redirect or something in between',
    kind: 'later',
    reason: 'http_other',
    log: 'warn',
    source: messages,
    later: outage,
    unknown: true,
  },
  {
    when: { fault: 'pushkey_malformed' },
    answer: 'not sent: pushkey empty, longer than 2048 characters or not printable ASCII',
    meaning: 'no registration token looks like that',
    kind: 'dead',
    reason: 'pushkey_malformed',
    log: 'info',
    source: own,
    suspect: true,
  },
  {
    when: { fault: 'default_payload_not_object' },
    answer: 'not sent: `default_payload` is no object',
    meaning: 'the client has set its pusher wrongly',
    kind: 'refused',
    reason: 'default_payload_not_object',
    log: 'info',
    source: own,
  },
  {
    when: { fault: 'nothing_to_send' },
    answer: 'not sent: neither event, nor room, nor a count above 0',
    meaning: 'there is nothing that the phone could show',
    kind: 'refused',
    reason: 'nothing_to_send',
    log: 'debug',
    source: own,
  },
  {
    when: { fault: 'dns_failed' },
    answer: 'the name of the endpoint or proxy cannot be resolved',
    meaning: 'a fault of the network',
    kind: 'later',
    reason: 'dns_failed',
    log: 'warn',
    source: own,
    later: passing,
  },
  {
    when: { fault: 'connect_failed' },
    answer: 'no connection: refused, unreachable or too slow',
    meaning: 'a fault of the network, or FCM is down',
    kind: 'later',
    reason: 'connect_failed',
    log: 'warn',
    source: own,
    later: passing,
  },
  {
    when: { fault: 'tls_failed' },
    answer: 'the TLS handshake failed',
    meaning: 'a certificate that is not trusted, or something in between',
    kind: 'later',
    reason: 'tls_failed',
    log: 'warn',
    source: own,
    later: passing,
  },
  {
    when: { fault: 'proxy_failed' },
    answer: 'the proxy did not open the way (407 included)',
    meaning: 'a fault of `proxy` or of its user and password',
    kind: 'later',
    reason: 'proxy_failed',
    log: 'warn',
    source: own,
    later: passing,
  },
  {
    when: { fault: 'no_connection' },
    answer: 'no connection had room in time',
    meaning: 'FCM answers slower than we send',
    kind: 'later',
    reason: 'no_connection',
    log: 'warn',
    source: own,
    later: passing,
  },
  {
    when: { fault: 'timeout' },
    answer: 'no answer within 10 s',
    meaning: 'may have been delivered',
    kind: 'later',
    reason: 'timeout',
    log: 'warn',
    source: scaling,
    later: outage,
  },
  {
    when: { fault: 'connection_reset' },
    answer: 'stream or connection ended before the answer',
    meaning: 'may have been delivered',
    kind: 'later',
    reason: 'connection_reset',
    log: 'info',
    source: own,
    later: { backoff: 'connection', scope: 'provider', spendsAttempt: true },
  },
  {
    when: { fault: 'shutdown' },
    answer: 'not sent: we are stopping',
    meaning: 'goes back as it was',
    kind: 'later',
    reason: 'shutdown',
    log: 'debug',
    source: own,
    later: { backoff: 'connection', scope: 'device', spendsAttempt: false },
  },
  {
    when: { fault: 'token_clock_wrong' },
    answer: 'token endpoint: `invalid_grant`, about the time of our assertion',
    meaning: 'the clock of this machine is wrong',
    kind: 'misconfigured',
    reason: 'token_clock_wrong',
    log: 'error',
    source: tokens,
    cure: 'Set the clock of this machine: Google refuses assertions that are minutes off.',
  },
  {
    when: { fault: 'token_key_unknown' },
    answer: 'token endpoint: `invalid_grant`, about the signature or the account; `invalid_client`',
    meaning: 'the key or the service account was deleted or disabled',
    kind: 'misconfigured',
    reason: 'token_key_unknown',
    log: 'error',
    source: tokens,
    cure: 'Make a new key for the service account in the Firebase console and put it into service_account_file.',
  },
  {
    when: { fault: 'token_refused' },
    answer: 'token endpoint: 4xx otherwise',
    meaning: 'Google gives no access token for this key',
    kind: 'misconfigured',
    reason: 'token_refused',
    log: 'error',
    source: tokens,
    cure: 'See that the clock is right, that the key in service_account_file still exists, and that its token_uri is right.',
  },
  {
    when: { fault: 'token_endpoint_failed' },
    answer: 'token endpoint: 5xx, 429 or an unreadable answer',
    meaning: 'a fault of Google',
    kind: 'later',
    reason: 'token_endpoint_failed',
    log: 'warn',
    source: tokens,
    later: { backoff: 'outage', scope: 'provider', spendsAttempt: false },
  },
  {
    when: { fault: 'token_endpoint_unreachable' },
    answer: 'token endpoint: no connection, or no answer within 10 s',
    meaning: 'a fault of the network, the proxy or Google',
    kind: 'later',
    reason: 'token_endpoint_unreachable',
    log: 'warn',
    source: tokens,
    later: passing,
  },
];

const faultRows: ReadonlyMap<string, FcmAnswerRow> = new Map(
  fcmAnswers.flatMap((row) => ('fault' in row.when ? [[row.when.fault, row] as const] : [])),
);

export function rowOfFault(fault: FcmFault): FcmAnswerRow {
  const row = faultRows.get(fault);
  if (row === undefined) throw new Error(`No row for ${fault}`);
  return row;
}

export function rowOfAnswer(facts: AnswerFacts): FcmAnswerRow {
  const row = fcmAnswers.find(({ when }) => !('fault' in when) && fits(when, facts));
  // The last row takes every status of three digits; node's parsers refuse any other.
  if (row === undefined) throw new Error(`No row for status ${facts.status}`);
  return row;
}

function fits(when: WhenAnswered, { status, errorCode, detail }: AnswerFacts): boolean {
  const [first, last] = typeof when.status === 'number' ? [when.status, when.status] : when.status;
  if (status < first || status > last) return false;
  if (when.detail !== undefined && when.detail !== detail) return false;
  if (when.errorCode === undefined) return true;
  return typeof when.errorCode === 'string'
    ? when.errorCode === errorCode
    : when.errorCode.includes(errorCode);
}

/** The outcome of a row; `notBefore` in milliseconds since 1970, from `Retry-After`. */
export function outcomeOf(
  row: FcmAnswerRow,
  { notBefore, providerId }: { readonly notBefore?: number; readonly providerId?: string } = {},
): Outcome {
  const { kind, reason } = row;
  switch (kind) {
    case 'delivered':
      return providerId === undefined ? { kind, reason } : { kind, reason, providerId };
    case 'dead':
      return { kind, reason, suspect: row.suspect ?? true };
    case 'refused':
      return { kind, reason };
    case 'later':
      return { kind, reason, ...(row.later ?? passing), ...(notBefore !== undefined && { notBefore }) };
    case 'misconfigured':
      return { kind, reason, cure: row.cure ?? 'See the documentation of FCM.' };
    default:
      return kind satisfies never;
  }
}
