import type { Backoff, Outcome } from '@carillon/core';
import type { RequestFault } from './request.ts';

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
  /** Worth one more send before the outcome counts. */
  readonly resend?: Resend;
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

const responses =
  'https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns';
const requests =
  'https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns';
const tokens =
  'https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns';
const certificates =
  'https://developer.apple.com/documentation/usernotifications/establishing-a-certificate-based-connection-to-apns';
const http2 = 'https://www.rfc-editor.org/rfc/rfc9113';
const own = 'docs/outcomes.md';

const outage = { backoff: 'outage', scope: 'provider', spendsAttempt: true } as const;
const unsent = { backoff: 'connection', scope: 'provider', spendsAttempt: false } as const;
const uncertain = { backoff: 'connection', scope: 'provider', spendsAttempt: true } as const;
const throttled = { backoff: 'throttled', scope: 'device', spendsAttempt: true } as const;

/** Keyed by the reason; a row of Apple's has a status, from which `answer` is made. */
type Row = Omit<ApnsAnswerRow, 'reason'>;
type ReasonRow = Omit<Row, 'answer'> & { readonly status: number };

function ourBug(status: number, meaning: string): ReasonRow {
  return { status, meaning, kind: 'refused', log: 'warn', source: responses };
}

function ourSetup(status: number, meaning: string, cure: string): ReasonRow {
  return { status, meaning, kind: 'misconfigured', log: 'error', source: responses, cure };
}

/** Every `reason` of Apple's table, as error bodies and GOAWAY frames carry it. */
const byReason = {
  BadDeviceToken: {
    status: 400,
    meaning: 'not a token, or a good one of the other environment (sandbox, production)',
    kind: 'dead',
    suspect: true,
    log: 'info',
    source: responses,
  },
  DeviceTokenNotForTopic: {
    status: 400,
    meaning: 'a token of another app, or our topic is the wrong one',
    kind: 'dead',
    suspect: true,
    log: 'info',
    source: responses,
  },
  BadCollapseId: ourBug(400, 'our collapse id is longer than 64 bytes'),
  BadExpirationDate: ourBug(400, 'our expiration is no time'),
  BadMessageId: ourBug(400, 'our id is no UUID'),
  BadPriority: ourBug(400, 'our priority does not fit the push type'),
  InvalidPushType: ourBug(400, 'the push type does not fit the payload'),
  DuplicateHeaders: ourBug(400, 'a header stands twice'),
  PayloadEmpty: ourBug(400, 'no payload, or none that APNs can read'),
  PayloadTooLarge: ourBug(413, 'more than 4096 bytes (VoIP: 5120)'),
  MissingDeviceToken: ourBug(400, 'no token in the path'),
  BadTopic: ourSetup(400, 'the topic is invalid', 'Set `topic` to the bundle ID of the app.'),
  MissingTopic: ourSetup(
    400,
    'the certificate is for several topics and none was named',
    'Set `topic` to the bundle ID of the app.',
  ),
  TopicDisallowed: ourSetup(
    400,
    'our key or certificate may not send to this topic',
    'See that `topic` is the bundle ID of the app and that the key or certificate covers it and its push type.',
  ),
  IdleTimeout: {
    status: 400,
    meaning: 'the connection was idle for too long',
    kind: 'later',
    later: uncertain,
    resend: 'new_connection',
    log: 'info',
    source: responses,
  },
  BadCertificate: ourSetup(
    403,
    'the client certificate is not accepted',
    'Put a valid APNs certificate with its key into `certfile`, or change to a signing key (`keyfile`).',
  ),
  BadCertificateEnvironment: ourSetup(
    403,
    'the client certificate is of the other environment',
    'Set `platform` to the environment of the certificate (production or sandbox), or renew `certfile`.',
  ),
  ExpiredProviderToken: {
    status: 403,
    meaning: 'APNs takes our provider token for older than an hour, and a new one too',
    kind: 'misconfigured',
    cure: 'Set the clock of this machine: APNs refuses provider tokens that are an hour off.',
    resend: 'new_token',
    log: 'error',
    source: tokens,
  },
  InvalidProviderToken: ourSetup(
    403,
    'the signature, key ID or team ID is not accepted',
    'See that `key_id` and `team_id` belong to the key in `keyfile` and that the key has not been revoked.',
  ),
  MissingProviderToken: ourSetup(
    403,
    'neither a client certificate nor a provider token arrived',
    'See that nothing between here and APNs ends TLS or drops headers.',
  ),
  Forbidden: ourSetup(
    403,
    'APNs does not let us send',
    'See in the Apple developer account that the key or certificate is valid for this app.',
  ),
  UnrelatedKeyIdInToken: {
    status: 403,
    meaning:
      'the key does not belong to what this connection was used for, nor to what a new one is used for',
    kind: 'misconfigured',
    cure: 'See that the key of `key_id` covers the `topic`; topic-specific keys work for their own topics only.',
    resend: 'new_connection',
    log: 'error',
    source: tokens,
  },
  BadEnvironmentKeyIdInToken: ourSetup(
    403,
    'the key is of the other environment',
    'Set `platform` to the environment of the key (production or sandbox), or use a key of this environment.',
  ),
  BadEnvironmentKeyInToken: ourSetup(
    403,
    'the same, as the servers really spell it',
    'Set `platform` to the environment of the key (production or sandbox), or use a key of this environment.',
  ),
  BadPath: ourSetup(
    404,
    'what answers is no APNs that we know',
    'See that `endpoint`, if set, is an APNs; otherwise report this as a bug.',
  ),
  MethodNotAllowed: ourSetup(
    405,
    'what answers is no APNs that we know',
    'See that `endpoint`, if set, is an APNs; otherwise report this as a bug.',
  ),
  ExpiredToken: {
    status: 410,
    meaning: 'the device token has expired',
    kind: 'dead',
    suspect: false,
    log: 'debug',
    source: responses,
  },
  Unregistered: {
    status: 410,
    meaning: 'the app was removed, since the `timestamp` of the answer; a younger registration lives',
    kind: 'dead',
    suspect: false,
    log: 'debug',
    source: responses,
  },
  TooManyProviderTokenUpdates: {
    status: 429,
    meaning: 'more than one provider token in 20 minutes; no other is signed for so long',
    kind: 'later',
    later: { backoff: 'throttled', scope: 'provider', spendsAttempt: true },
    resend: 'older_token',
    log: 'warn',
    source: tokens,
  },
  TooManyRequests: {
    status: 429,
    meaning: 'too many in a row to this device; others are not affected',
    kind: 'later',
    later: throttled,
    log: 'info',
    source: responses,
  },
  InternalServerError: {
    status: 500,
    meaning: 'a fault of APNs',
    kind: 'later',
    later: outage,
    log: 'info',
    source: responses,
  },
  ServiceUnavailable: {
    status: 503,
    meaning: 'APNs is overloaded; it may have delivered all the same',
    kind: 'later',
    later: outage,
    log: 'info',
    source: responses,
  },
  Shutdown: {
    status: 503,
    meaning: 'this server of APNs is going down',
    kind: 'later',
    later: outage,
    resend: 'new_connection',
    log: 'info',
    source: responses,
  },
} as const satisfies Readonly<Record<string, ReasonRow>>;

/** Answers whose body is empty, is not JSON or names a reason that is not in the table: only the status speaks. */
const byStatus = {
  ok: {
    answer: '200',
    meaning: 'APNs has taken the notification',
    kind: 'delivered',
    log: 'debug',
    source: responses,
  },
  http_2xx: {
    answer: '2xx otherwise',
    meaning: 'taken, though something between us and APNs may have answered',
    kind: 'delivered',
    log: 'warn',
    source: responses,
    unknown: true,
  },
  http_403: {
    answer: '403 without a reason that we know',
    meaning: 'our credentials, in some way that is not documented',
    kind: 'misconfigured',
    cure: 'Look the reason up in Apple’s documentation; the key or certificate of this app is not accepted.',
    log: 'error',
    source: responses,
    unknown: true,
  },
  http_408: {
    answer: '408',
    meaning: 'our request arrived too slowly',
    kind: 'later',
    later: uncertain,
    log: 'info',
    source: responses,
    unknown: true,
  },
  http_410: {
    answer: '410 without a reason that we know',
    meaning: 'the device token is no longer active, in Apple’s words for the status',
    kind: 'dead',
    suspect: false,
    log: 'info',
    source: responses,
    unknown: true,
  },
  http_413: {
    answer: '413 without a reason that we know',
    meaning: 'too large for something in between',
    kind: 'refused',
    log: 'warn',
    source: responses,
    unknown: true,
  },
  http_429: {
    answer: '429 without a reason that we know',
    meaning: 'too many requests for the same device token, in Apple’s words for the status',
    kind: 'later',
    later: throttled,
    log: 'info',
    source: responses,
    unknown: true,
  },
  http_4xx: {
    answer: '4xx otherwise',
    meaning:
      'this message was refused, in some way that is not documented; it says nothing about the pushkey',
    kind: 'refused',
    log: 'warn',
    source: responses,
    unknown: true,
  },
  http_5xx: {
    answer: '5xx without a reason that we know',
    meaning: 'a fault of APNs or of something in front of it',
    kind: 'later',
    later: outage,
    log: 'info',
    source: responses,
    unknown: true,
  },
  http_other: {
    answer: '1xx, 3xx, or a status that HTTP does not know',
    meaning: 'not APNs: a redirect or something in between',
    kind: 'later',
    later: outage,
    log: 'warn',
    source: responses,
    unknown: true,
  },
} as const satisfies Readonly<Record<string, Row>>;

/** No answer of HTTP: the connection, or ourselves. */
const byFault = {
  refused_stream: {
    answer: 'stream refused (RST_STREAM `REFUSED_STREAM`)',
    meaning: 'surely not processed: more streams than the server wanted',
    kind: 'later',
    later: unsent,
    resend: 'at_once',
    log: 'info',
    source: `${http2}#section-8.7`,
  },
  goaway_unprocessed: {
    answer: 'GOAWAY with a last stream below this one',
    meaning: 'surely not processed: the server wants a new connection',
    kind: 'later',
    later: unsent,
    resend: 'at_once',
    log: 'info',
    source: `${http2}#section-6.8`,
  },
  never_sent: {
    answer: 'the connection ended before the request left',
    meaning: 'surely not processed',
    kind: 'later',
    later: unsent,
    resend: 'at_once',
    log: 'info',
    source: own,
  },
  goaway: {
    answer: 'GOAWAY with an error, no answer',
    meaning: 'may have been delivered; sent again with the same `apns-id` and `apns-collapse-id`',
    kind: 'later',
    later: uncertain,
    log: 'info',
    source: `${http2}#section-6.8`,
  },
  stream_reset: {
    answer: 'RST_STREAM with another error',
    meaning: 'may have been delivered; sent again with the same `apns-id` and `apns-collapse-id`',
    kind: 'later',
    later: uncertain,
    log: 'info',
    source: `${http2}#section-7`,
  },
  connection_lost: {
    answer: 'connection ended before the answer',
    meaning: 'may have been delivered; sent again with the same `apns-id` and `apns-collapse-id`',
    kind: 'later',
    later: uncertain,
    log: 'info',
    source: own,
  },
  timeout: {
    answer: 'no answer within 10 s',
    meaning: 'may have been delivered; sent again with the same `apns-id` and `apns-collapse-id`',
    kind: 'later',
    later: uncertain,
    log: 'warn',
    source: own,
  },
  no_free_stream: {
    answer: 'no stream was free in time',
    meaning: 'APNs answers slower than we send, or allows few streams',
    kind: 'later',
    later: unsent,
    log: 'warn',
    source: requests,
  },
  connect_failed: {
    answer: 'no connection: name not found, refused, unreachable or too slow',
    meaning: 'a fault of the network, or APNs is down',
    kind: 'later',
    later: unsent,
    log: 'warn',
    source: own,
  },
  tls_failed: {
    answer: 'the TLS handshake failed',
    meaning: 'a certificate that is not trusted, or something in between',
    kind: 'later',
    later: unsent,
    log: 'error',
    source: requests,
  },
  not_http2: {
    answer: 'the other side speaks no HTTP/2',
    meaning: 'something in between, or `endpoint` is no APNs',
    kind: 'later',
    later: unsent,
    log: 'error',
    source: requests,
  },
  client_certificate_refused: {
    answer: 'TLS alert about our client certificate',
    meaning: 'the certificate has expired or was revoked, or is not one of Apple’s',
    kind: 'misconfigured',
    cure: 'Put a valid APNs certificate with its key into `certfile`, or change to a signing key (`keyfile`).',
    log: 'error',
    source: certificates,
  },
  proxy_failed: {
    answer: 'the proxy did not open the way',
    meaning: 'a fault of `proxy`, or it has no way to APNs',
    kind: 'later',
    later: unsent,
    log: 'warn',
    source: own,
  },
  proxy_credentials: {
    answer: 'the proxy wants other credentials (407)',
    meaning: 'no send of any app can leave',
    kind: 'misconfigured',
    cure: 'Put the right user and password into `proxy`.',
    log: 'error',
    source: own,
  },
  shutdown: {
    answer: 'not sent: we are stopping',
    meaning: 'goes back as it was',
    kind: 'later',
    later: { backoff: 'connection', scope: 'device', spendsAttempt: false },
    log: 'debug',
    source: own,
  },
  bug: {
    answer: 'not sent: an error of our own program',
    meaning: 'the log has it; please report it',
    kind: 'later',
    later: { backoff: 'outage', scope: 'device', spendsAttempt: true },
    log: 'error',
    source: own,
  },
} as const satisfies Readonly<Record<string, Row>>;

/** Deliveries of which no request can be made. */
const byRequest = {
  pushkey_malformed: {
    answer: 'not sent: the pushkey is no device token',
    meaning: 'not base64 of 16 to 200 bytes (or not hex, where the app is configured so)',
    kind: 'dead',
    suspect: true,
    log: 'info',
    source: own,
  },
  default_payload_not_object: {
    answer: 'not sent: `default_payload` is no object',
    meaning: 'the client has set its pusher wrongly',
    kind: 'refused',
    log: 'info',
    source: own,
  },
  nothing_to_send: {
    answer: 'not sent: neither a text nor a badge',
    meaning: 'there is nothing that the phone could show',
    kind: 'refused',
    log: 'debug',
    source: own,
  },
  payload_too_large: {
    answer: 'not sent: more than 4096 bytes (VoIP: 5120) with all texts cut',
    meaning: '`default_payload` is too large',
    kind: 'refused',
    log: 'info',
    source: requests,
  },
} as const satisfies Readonly<Record<RequestFault, Row>>;

export type AppleReason = keyof typeof byReason;
export type StatusReason = keyof typeof byStatus;
export type ConnectionFault = keyof typeof byFault;

/** The whole table. */
export const apnsAnswers: readonly ApnsAnswerRow[] = [
  ...named<Row>(byStatus),
  ...named<ReasonRow>(byReason).map(({ status, ...row }) => ({
    ...row,
    answer: `${status} \`${row.reason}\``,
  })),
  ...named<Row>(byFault),
  ...named<Row>(byRequest),
];

/** Whether a word is a reason of Apple's that comes with statuses of this class (4 for 4xx). */
export function isAppleReason(word: string, statusClass: number): word is AppleReason {
  return (
    Object.hasOwn(byReason, word) &&
    // Apple has moved some from one status to another; but a 5xx is never a pushkey's death.
    Math.floor(byReason[word as AppleReason].status / 100) === statusClass
  );
}

export function isStatusReason(word: string): word is StatusReason {
  return Object.hasOwn(byStatus, word);
}

function named<R extends object>(
  rows: Readonly<Record<string, R>>,
): readonly (R & { readonly reason: string })[] {
  return Object.entries(rows).map(([reason, row]) => ({ ...row, reason }));
}
