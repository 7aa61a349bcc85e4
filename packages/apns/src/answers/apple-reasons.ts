import type { AnswerEnd, AnswerNotes } from '@carillon/sending';
import { laters, pages } from './answer-row.ts';
import type { ApnsAnswerRow } from './answer-row.ts';

/** Every `reason` of Apple's table, as error bodies and GOAWAY frames carry it. */
export const appleReasons: readonly ApnsAnswerRow[] = [
  said('BadDeviceToken', 400, {
    meaning: 'not a token, or a good one of the other environment (sandbox, production)',
    kind: 'dead',
    suspect: true,
    cure: 'Set `platform` to what the app was built for: sandbox for development builds, production for TestFlight and the App Store.',
    log: 'info',
  }),
  said('DeviceTokenNotForTopic', 400, {
    meaning: 'a token of another app, or our topic is the wrong one',
    kind: 'dead',
    suspect: true,
    cure: 'Set `topic` to the bundle ID of the app that these tokens are of.',
    log: 'info',
  }),
  ourBug('BadCollapseId', 400, 'our collapse id is longer than 64 bytes'),
  ourBug('BadExpirationDate', 400, 'our expiration is no time'),
  ourBug('BadMessageId', 400, 'our id is no UUID'),
  ourBug('BadPriority', 400, 'our priority does not fit the push type'),
  ourBug('InvalidPushType', 400, 'the push type does not fit the payload'),
  ourBug('DuplicateHeaders', 400, 'a header stands twice'),
  ourBug('PayloadEmpty', 400, 'no payload, or none that APNs can read'),
  ourBug('PayloadTooLarge', 413, 'more than 4096 bytes (VoIP: 5120)'),
  ourBug('MissingDeviceToken', 400, 'no token in the path'),
  oneRequest('BadTopic', 400, 'the topic is invalid', 'Set `topic` to the bundle ID of the app.'),
  oneRequest(
    'MissingTopic',
    400,
    'the certificate is for several topics and none was named',
    'Set `topic` to the bundle ID of the app.',
  ),
  oneRequest(
    'TopicDisallowed',
    400,
    'our key or certificate may not send to this topic',
    'See that `topic` is the bundle ID of the app and that the key or certificate covers it and its push type.',
  ),
  said('IdleTimeout', 400, {
    meaning: 'the connection was idle for too long',
    kind: 'later',
    later: laters.uncertain,
    resend: 'new_connection',
    log: 'info',
  }),
  ourSetup(
    'BadCertificate',
    403,
    'the client certificate is not accepted',
    'Put a valid APNs certificate with its key into `certfile`, or change to a signing key (`keyfile`).',
  ),
  ourSetup(
    'BadCertificateEnvironment',
    403,
    'the client certificate is of the other environment',
    'Set `platform` to the environment of the certificate (production or sandbox), or renew `certfile`.',
  ),
  said('ExpiredProviderToken', 403, {
    meaning: 'APNs takes our provider token for older than an hour, and a new one too',
    kind: 'misconfigured',
    cure: 'Set the clock of this machine: APNs refuses provider tokens that are an hour off.',
    mayBeClock: true,
    speaksFor: 'app',
    resend: 'new_token',
    log: 'error',
    source: pages.tokens,
  }),
  {
    ...ourSetup(
      'InvalidProviderToken',
      403,
      'the signature, key ID or team ID is not accepted, or the clock is ahead',
      'See that `key_id` and `team_id` belong to the key in `keyfile`, that the key has not been revoked, and that the clock of this machine is right.',
    ),
    mayBeClock: true,
  },
  ourSetup(
    'MissingProviderToken',
    403,
    'neither a client certificate nor a provider token arrived',
    'See that nothing between here and APNs ends TLS or drops headers.',
  ),
  oneRequest(
    'Forbidden',
    403,
    'APNs does not let us send',
    'See in the Apple developer account that the key or certificate is valid for this app.',
  ),
  said('UnrelatedKeyIdInToken', 403, {
    meaning:
      'the key does not belong to what this connection was used for, nor to what a new one is used for',
    kind: 'misconfigured',
    cure: 'See that the key of `key_id` covers the `topic`; topic-specific keys work for their own topics only.',
    speaksFor: 'registration',
    resend: 'new_connection',
    log: 'error',
    source: pages.tokens,
  }),
  ourSetup(
    'BadEnvironmentKeyIdInToken',
    403,
    'the key is of the other environment',
    'Set `platform` to the environment of the key (production or sandbox), or use a key of this environment.',
  ),
  ourSetup(
    'BadEnvironmentKeyInToken',
    403,
    'the key is of the other environment (what APNs really answers, and does not document)',
    'Set `platform` to the environment of the key (production or sandbox), or use a key of this environment.',
  ),
  oneRequest(
    'BadPath',
    404,
    'what answers is no APNs that we know',
    'See that `endpoint`, if set, is an APNs; otherwise report this as a bug.',
  ),
  oneRequest(
    'MethodNotAllowed',
    405,
    'what answers is no APNs that we know',
    'See that `endpoint`, if set, is an APNs; otherwise report this as a bug.',
  ),
  said('ExpiredToken', 410, {
    meaning: 'the device token has expired',
    kind: 'dead',
    suspect: false,
    log: 'debug',
  }),
  said('Unregistered', 410, {
    meaning: 'the app was removed, since the `timestamp` of the answer; a younger registration lives',
    kind: 'dead',
    suspect: false,
    log: 'debug',
  }),
  said('TooManyProviderTokenUpdates', 429, {
    meaning: 'more than one provider token in 20 minutes; no other is signed for so long',
    kind: 'later',
    later: { backoff: 'throttled', scope: 'provider', spendsTry: true },
    resend: 'older_token',
    log: 'warn',
    source: pages.tokens,
  }),
  said('TooManyRequests', 429, {
    meaning: 'too many in a row to this device; others are not affected',
    kind: 'later',
    later: laters.busyDevice,
    log: 'info',
  }),
  said('InternalServerError', 500, {
    meaning: 'a fault of APNs',
    kind: 'later',
    later: laters.outage,
    log: 'info',
  }),
  said('ServiceUnavailable', 503, {
    meaning: 'APNs is overloaded; it may have delivered all the same',
    kind: 'later',
    later: laters.outage,
    log: 'info',
  }),
  said('Shutdown', 503, {
    meaning: 'this server of APNs is going down',
    kind: 'later',
    later: laters.outage,
    resend: 'new_connection',
    log: 'info',
  }),
];

const words: ReadonlySet<string> = new Set(appleReasons.map(({ reason }) => reason));

export function isAppleReason(word: string): boolean {
  return words.has(word);
}

/** A word of Apple's and the status it comes with. */
function said(
  reason: string,
  status: number,
  row: Omit<AnswerNotes, 'answer'> & AnswerEnd & { readonly source?: string },
): ApnsAnswerRow {
  // Apple has moved some from one status to another; but a 5xx is never a pushkey's death.
  const first = status - (status % 100);
  return {
    when: { status: [first, first + 99], word: reason },
    answer: `${status} \`${reason}\``,
    reason,
    source: pages.responses,
    sent: true,
    ...row,
  };
}

function ourBug(reason: string, status: number, meaning: string): ApnsAnswerRow {
  return said(reason, status, { meaning, kind: 'refused', log: 'warn' });
}

/** Wrong for every send: the key, the certificate, the clock. */
function ourSetup(reason: string, status: number, meaning: string, cure: string): ApnsAnswerRow {
  return said(reason, status, { meaning, kind: 'misconfigured', log: 'error', cure, speaksFor: 'app' });
}

/** Wrong for this request, whose topic and path may differ from those of others. */
function oneRequest(reason: string, status: number, meaning: string, cure: string): ApnsAnswerRow {
  return said(reason, status, {
    meaning,
    kind: 'misconfigured',
    log: 'error',
    cure,
    speaksFor: 'registration',
  });
}
