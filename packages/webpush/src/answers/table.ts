import type { Dead } from '@carillon/core';
import { createAnswerTable, own } from '@carillon/sending';
import type { AnswerEnd, AnswerNotes, WhenAnswered } from '@carillon/sending';
import type { AnswerWord } from './answer-facts.ts';
import { outage, throttled, uncertain } from './answer-row.ts';
import { faultAnswers } from './fault-answers.ts';

const rfc8030 = 'https://www.rfc-editor.org/rfc/rfc8030';
const rfc8291 = 'https://www.rfc-editor.org/rfc/rfc8291#section-4';
const rfc8292 = 'https://www.rfc-editor.org/rfc/rfc8292';
const mozilla = 'https://mozilla-services.github.io/autopush-rs/errors.html';
const apple =
  'https://developer.apple.com/documentation/usernotifications/sending-web-push-notifications-in-web-apps-and-browsers';
const google = 'https://firebase.google.com/docs/cloud-messaging/js/client';
const microsoft =
  'https://learn.microsoft.com/windows/apps/design/shell/tiles-and-notifications/push-request-response-headers';

const ourKey =
  'See that vapid_private_key is the key whose public half the clients subscribe with, that vapid_contact is a real contact, and that the clock of this machine is right.';

const ntfy = 'https://docs.ntfy.sh/publish/#unifiedpush';
const hour = 3_600_000;
const clientErrors = [400, 499] as const;

type AnsweredRow = AnswerNotes &
  AnswerEnd & {
    readonly when: WhenAnswered<AnswerWord>;
    readonly reason: string;
    readonly source: string;
  };

function delivered(status: WhenAnswered['status'], answer: string, reason: string): AnsweredRow {
  return {
    when: { status },
    answer,
    meaning: 'the push service has taken the message',
    kind: 'delivered',
    reason,
    log: 'debug',
    source: `${rfc8030}#section-5`,
  };
}

function dead(
  status: WhenAnswered['status'],
  word: AnswerWord | undefined,
  reason: string,
  source: string,
  suspect: Dead['suspect'] = false,
): AnsweredRow {
  return {
    when: { status, ...(word !== undefined && { word }) },
    answer: word === undefined ? String(status) : `${String(status)} \`${word}\``,
    meaning: 'the subscription is gone',
    kind: 'dead',
    suspect,
    reason,
    log: 'debug',
    source,
  };
}

function ourBug(
  status: WhenAnswered['status'],
  word: AnswerWord,
  meaning: string,
  source: string,
): AnsweredRow {
  return {
    when: { status, word },
    answer: `${String(status)} \`${word}\``,
    meaning,
    kind: 'refused',
    reason: word,
    log: 'warn',
    source,
  };
}

function ourSetup(
  status: WhenAnswered['status'],
  word: AnswerWord | undefined,
  meaning: string,
  source: string,
): AnsweredRow {
  const [first] = typeof status === 'number' ? [status] : status;
  return {
    when: { status, ...(word !== undefined && { word }) },
    answer: word === undefined ? `${first} otherwise` : `4xx \`${word}\``,
    meaning,
    kind: 'misconfigured',
    reason: word ?? `http_${first}`,
    log: 'error',
    source,
    cure: ourKey,
    speaksFor: 'registration', // who answers, a client chose
  };
}

function otherKey(word: AnswerWord, answer: string, source: string): AnsweredRow {
  return {
    when: { status: clientErrors, word },
    answer,
    meaning: 'the subscription was made with another VAPID key, or ours is the wrong one',
    kind: 'dead',
    suspect: true,
    cure: 'Put back the `vapid_private_key` whose public key the clients subscribed with.',
    reason: word,
    log: 'info',
    source,
  };
}

function tooLarge(word: AnswerWord | undefined, reason: string, source: string): AnsweredRow {
  return {
    when: { status: 413, ...(word !== undefined && { word }) },
    answer: word === undefined ? '413' : `413 \`${word}\``,
    meaning: 'the service takes less than the 4096 bytes it should',
    kind: 'refused',
    reason,
    log: 'warn',
    source,
  };
}

/**
 * What push services say; the first row that fits decides, the last ones go by the HTTP status alone. A subscription
 * dies only by 404, 410, or a word about its key.
 */
const answered: readonly AnsweredRow[] = [
  {
    when: { status: [200, 299], word: 'wns_dropped' },
    answer: '2xx with `X-WNS-Status: dropped`',
    meaning: 'Microsoft has thrown the message away',
    kind: 'refused',
    reason: 'wns_dropped',
    log: 'info',
    source: microsoft,
  },
  {
    when: { status: [200, 299], word: 'wns_throttled' },
    answer: '2xx with `X-WNS-Status: channelthrottled`',
    meaning: 'too many messages to this browser',
    kind: 'later',
    reason: 'wns_throttled',
    log: 'info',
    source: microsoft,
    later: throttled,
  },
  delivered(201, '201', 'ok'),
  delivered([200, 204], '200, 202, 204', 'ok_other'),
  { ...delivered([205, 299], '2xx otherwise', 'http_2xx'), unknown: true },
  {
    when: { status: [300, 399] },
    answer: '3xx',
    meaning: 'a redirect, which is never followed: it could lead anywhere',
    kind: 'refused',
    reason: 'redirect',
    log: 'warn',
    source: own,
  },

  {
    when: { status: [401, 403], word: 'write_forbidden' },
    answer: '401 or 403 to a push without VAPID credentials',
    meaning: 'this push server does not let everybody write to the endpoint',
    kind: 'misconfigured',
    reason: 'write_forbidden',
    log: 'error',
    source: ntfy,
    cure: 'Have everybody allowed to write to the endpoints of UnifiedPush at this push server (ntfy: `ntfy access everyone "up*" write-only`). It is not about vapid_private_key: pushes without keys are not signed.',
    speaksFor: 'registration',
  },
  otherKey('key_mismatch', '4xx with a text that the credentials are not those of the subscription', google),
  otherKey('VapidPkHashMismatch', '400 or 403 `VapidPkHashMismatch` (Apple)', apple),
  ourSetup(clientErrors, 'UnauthorizedRegistration', 'Google misses our credentials or refuses them', google),
  ourSetup(401, 'errno_109', 'Mozilla refuses our credentials', mozilla),
  ourSetup(clientErrors, 'BadJwtToken', 'Apple refuses our credentials', apple),
  ourSetup(clientErrors, 'BadVapidPublicKey', 'Apple cannot read our public key', apple),
  ourSetup(clientErrors, 'BadAuthorizationHeader', 'Apple cannot read our credentials', apple),

  dead(404, 'errno_102', 'errno_102', mozilla),
  dead(404, 'NotRegistered', 'NotRegistered', google),
  {
    ...dead(404, undefined, 'http_404', `${rfc8030}#section-7.3`, 'origin'),
    meaning: 'the subscription is gone, or the push server is down behind its reverse proxy',
  },
  dead(410, 'errno_103', 'errno_103', mozilla),
  dead(410, 'errno_105', 'errno_105', mozilla),
  dead(410, 'errno_106', 'errno_106', mozilla),
  dead(410, 'NotRegistered', 'NotRegistered', google),
  dead(410, 'Unregistered', 'Unregistered', apple),
  dead(410, undefined, 'http_410', `${rfc8030}#section-7.3`),

  ourBug(400, 'errno_110', 'Mozilla cannot read our encryption', mozilla),
  ourBug(400, 'errno_111', 'Mozilla misses the TTL', mozilla),
  ourBug(400, 'errno_113', 'Mozilla does not take our topic', mozilla),
  ourBug(400, 'errno_114', 'Mozilla does not take our TTL', mozilla),
  ourBug(400, 'BadTtl', 'Apple does not take our TTL', apple),
  ourBug(400, 'BadWebPushTopic', 'Apple does not take our topic', apple),
  ourBug(400, 'BadUrgency', 'Apple does not take our urgency', apple),
  ourBug(400, 'BadWebPushRequest', 'Apple cannot read our message', apple),
  ourBug(400, 'ttl_conflict', 'Microsoft does not take our TTL', microsoft),
  tooLarge('errno_104', 'errno_104', mozilla),
  tooLarge('PayloadTooLarge', 'PayloadTooLarge', apple),
  tooLarge(undefined, 'http_413', rfc8291),

  ourSetup(401, undefined, 'our credentials are missing or refused', `${rfc8292}#section-4.2`),
  ourSetup(403, undefined, 'our credentials are refused', `${rfc8292}#section-4.2`),
  {
    when: { status: 406 },
    answer: '406',
    meaning: 'too many messages, as Microsoft says it',
    kind: 'later',
    reason: 'http_406',
    log: 'info',
    source: microsoft,
    later: throttled,
  },
  {
    when: { status: 408 },
    answer: '408',
    meaning: 'our request arrived too slowly',
    kind: 'later',
    reason: 'http_408',
    log: 'info',
    source: own,
    later: uncertain,
  },
  {
    when: { status: 429, word: 'TooManyRequests' },
    answer: '429 `TooManyRequests`',
    meaning: 'too many messages to this browser',
    kind: 'later',
    reason: 'TooManyRequests',
    log: 'info',
    source: apple,
    later: outage,
  },
  {
    when: { status: 429 },
    answer: '429',
    meaning: 'too many messages',
    kind: 'later',
    reason: 'http_429',
    log: 'info',
    source: `${rfc8030}#section-8.4`,
    later: throttled,
  },
  // Microsoft says it beside every error. Where the status says more (401, 404, 410, 429, 5xx …), that counts.
  {
    when: { status: clientErrors, word: 'wns_dropped' },
    answer: '4xx otherwise with `X-WNS-Status: dropped`',
    meaning: 'Microsoft has thrown the message away',
    kind: 'refused',
    reason: 'wns_dropped',
    log: 'info',
    source: microsoft,
  },
  {
    when: { status: 400 },
    answer: '400 otherwise',
    meaning: 'the service cannot read our message',
    kind: 'refused',
    reason: 'http_400',
    log: 'warn',
    source: rfc8030,
  },
  {
    when: { status: clientErrors },
    answer: '4xx otherwise',
    meaning: 'this message was refused, in some way that is not documented',
    kind: 'refused',
    reason: 'http_4xx',
    log: 'warn',
    source: rfc8030,
    unknown: true,
  },
  {
    when: { status: 503, word: 'errno_201' },
    answer: '503 `errno_201`',
    meaning: 'Mozilla is overloaded',
    kind: 'later',
    reason: 'errno_201',
    log: 'info',
    source: mozilla,
    later: outage,
  },
  {
    when: { status: [500, 599], word: ['errno_900', 'errno_901', 'errno_902', 'errno_903'] },
    answer: '502 `errno_900` to `errno_903`',
    meaning: "a fault between Mozilla and the phone's own push service",
    kind: 'later',
    reason: 'errno_900',
    log: 'info',
    source: mozilla,
    later: outage,
  },
  {
    when: { status: 507, word: 'no_subscriber' },
    answer: '507, code 50701 (ntfy)',
    meaning: 'no phone has listened to this topic of late; dead after 12 h of nothing else',
    kind: 'later',
    reason: 'no_subscriber',
    log: 'debug',
    source: ntfy,
    later: { ...outage, deadAfterMs: 12 * hour },
  },
  {
    when: { status: [500, 599] },
    answer: '5xx',
    meaning: 'a fault of the push service; it may have delivered all the same',
    kind: 'later',
    reason: 'http_5xx',
    log: 'info',
    source: rfc8030,
    later: outage,
  },
  {
    when: { status: [0, 999] },
    answer: 'a status that HTTP does not know',
    meaning: 'no push service',
    kind: 'refused',
    reason: 'http_other',
    log: 'warn',
    source: own,
    unknown: true,
  },
];

/** Every answer of a push service, and everything that can happen instead of one. */
export const webpushAnswers = createAnswerTable([
  ...answered.map((row) => ({ ...row, sent: true })),
  ...faultAnswers,
]);
