/** What the stand-in does with a message that passed its checks. Plain JSON, so that a line of text can carry it. */
export type WebPushAnswer = HttpAnswer | { readonly hang: true } | { readonly disconnect: true };

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The body comes a byte at a time and never ends. */
  readonly slowBody?: boolean;
}

/** Every answer of the push services that is known, with the kind of body each of them sends. */
export const serviceAnswers = {
  mozilla: {
    keyMismatch: mozilla(401, 109, 'Unauthorized', 'VAPID public key mismatch'),
    vapidRefused: mozilla(401, 109, 'Unauthorized', 'Invalid VAPID: missing or invalid claims'),
    unknownEndpoint: mozilla(404, 102, 'Not Found', 'Invalid endpoint'),
    expiredEndpoint: mozilla(410, 103, 'Gone', 'Endpoint has expired'),
    unavailableEndpoint: mozilla(410, 105, 'Gone', 'User has gone away'),
    invalidSubscription: mozilla(410, 106, 'Gone', 'Request did not validate: invalid token'),
    tooLarge: mozilla(413, 104, 'Payload Too Large', 'Data payload limit is 4096 bytes'),
    badEncryption: mozilla(400, 110, 'Bad Request', 'Crypto header invalid'),
    missingTtl: mozilla(400, 111, 'Bad Request', 'Missing TTL header'),
    badTopic: mozilla(400, 113, 'Bad Request', 'Invalid topic'),
    badTtl: mozilla(400, 114, 'Bad Request', 'Invalid TTL'),
    throttled: mozilla(503, 201, 'Service Unavailable', 'Use exponential back-off', { 'retry-after': '120' }),
    bridgeFailed: mozilla(502, 902, 'Bad Gateway', 'Bridge is not available'),
    internal: mozilla(500, 999, 'Internal Server Error', 'Unexpected error'),
  },
  google: {
    unauthorized: html(400, 'UnauthorizedRegistration'),
    keyMismatch: text(
      403,
      'the key in the authorization header does not correspond to the sender ID used to subscribe this user. Please ensure you are using the correct sender ID and server Key from the Firebase console.',
    ),
    credentialsMismatch: text(
      403,
      'the VAPID credentials in the authorization header do not correspond to the credentials used to create the subscriptions.',
    ),
    forbidden: html(403, 'Forbidden'),
    notRegistered: html(404, 'NotRegistered'),
    gone: text(410, 'push subscription has unsubscribed or expired.\nNotRegistered'),
    throttled: html(429, 'Too Many Requests', { 'retry-after': '30' }),
    unavailable: html(503, 'Service Unavailable'),
  },
  wns: {
    ttlConflict: wns(400, 'Ttl value conflicts with X-WNS-Cache-Policy'),
    unauthorized: wns(401, 'The token is not valid'),
    forbidden: wns(403, 'The channel does not belong to the cloud service'),
    unknownChannel: wns(404, 'The channel URI is not valid'),
    revokedChannel: wns(410, 'The channel was revoked'),
    throttledOldStyle: wns(406, 'The cloud service has exceeded its throttle limit', {
      'retry-after': '900',
    }),
    throttled: wns(429, 'Too many requests', { 'retry-after': '60' }),
    tooLarge: wns(413, 'The payload exceeds the size limit'),
    dropped: wns(200, undefined),
    channelThrottled: wns(200, undefined, { 'x-wns-status': 'channelthrottled' }),
  },
  ntfy: {
    noSubscriber: ntfy(
      507,
      50_701,
      'cannot publish to UnifiedPush topic without previously active subscriber',
    ),
    forbidden: ntfy(403, 40_301, 'forbidden'),
    unauthorized: ntfy(401, 40_101, 'unauthorized'),
    throttled: ntfy(429, 42_908, 'limit reached: daily message quota reached'),
  },
  apple: {
    badTtl: apple(400, 'BadTtl'),
    badTopic: apple(400, 'BadWebPushTopic'),
    badUrgency: apple(400, 'BadUrgency'),
    badRequest: apple(400, 'BadWebPushRequest'),
    badPublicKey: apple(400, 'BadVapidPublicKey'),
    keyMismatch: apple(400, 'VapidPkHashMismatch'),
    badToken: apple(403, 'BadJwtToken'),
    badAuthorization: apple(403, 'BadAuthorizationHeader'),
    unregistered: apple(410, 'Unregistered'),
    tooLarge: apple(413, 'PayloadTooLarge'),
    throttled: apple(429, 'TooManyRequests'),
    unavailable: apple(503, 'ServiceUnavailable'),
  },
} as const;

function mozilla(
  status: number,
  errno: number,
  error: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  const body = JSON.stringify({
    code: status,
    errno,
    error,
    message,
    more_info: 'https://example.net/errors',
  });
  const caching: Record<string, string> = status === 410 ? { 'cache-control': 'max-age=86400' } : {};
  return { status, headers: { 'content-type': 'application/json', ...caching, ...headers }, body };
}

function html(status: number, said: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const body = `<HTML>\n<HEAD>\n<TITLE>${said}</TITLE>\n</HEAD>\n<BODY>\n<H1>${said}</H1>\n<H2>Error ${status}</H2>\n</BODY>\n</HTML>\n`;
  return { status, headers: { 'content-type': 'text/html; charset=UTF-8', ...headers }, body };
}

function text(status: number, body: string): HttpAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

function ntfy(status: number, code: number, error: string): HttpAnswer {
  const link = 'https://ntfy.sh/docs/publish/';
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, http: status, error, link }),
  };
}

/** Everything is in the headers. */
function wns(
  status: number,
  said: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return {
    status,
    headers: {
      'x-wns-status': 'dropped',
      'x-wns-notificationstatus': 'dropped',
      ...(said !== undefined && { 'x-wns-error-description': said }),
      'x-wns-msg-id': '1F2E3D4C5B6A7988',
      ...headers,
    },
  };
}

function apple(status: number, reason: string): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ reason }) };
}
