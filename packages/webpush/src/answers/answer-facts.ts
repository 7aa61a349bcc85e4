import type { IncomingHttpHeaders } from 'node:http';
import { parseObject } from '@carillon/sending';
import type { AnswerFacts } from '@carillon/sending';

/** Words of the services' answers that mean something to us: a closed set, since they become metric labels. */
export const answerWords = [
  // Mozilla's `errno` (autopush-rs, docs/src/errors.md).
  'errno_102',
  'errno_103',
  'errno_104',
  'errno_105',
  'errno_106',
  'errno_109',
  'errno_110',
  'errno_111',
  'errno_113',
  'errno_114',
  'errno_201',
  'errno_900',
  'errno_901',
  'errno_902',
  'errno_903',
  // Apple's `reason`.
  'BadTtl',
  'BadWebPushTopic',
  'BadUrgency',
  'BadWebPushRequest',
  'BadVapidPublicKey',
  'BadJwtToken',
  'BadAuthorizationHeader',
  'VapidPkHashMismatch',
  'PayloadTooLarge',
  'TooManyRequests',
  'Unregistered',
  // Google's, somewhere in HTML or plain text.
  'UnauthorizedRegistration',
  'NotRegistered',
  // Ours, for sentences.
  'key_mismatch',
  'ttl_conflict',
  'wns_dropped',
  'wns_throttled',
  'no_subscriber',
  'write_forbidden',
] as const;

export type AnswerWord = (typeof answerWords)[number];

const words: ReadonlySet<string> = new Set(answerWords);

/** Sentences by which services say that the subscription was made with another VAPID key than ours. */
const mismatch =
  /not correspond to the (?:credentials|sender ?id)|public ?key mismatch|does not belong to the cloud service/i;
const googleWord = /\b(?:UnauthorizedRegistration|NotRegistered)\b/;
const ttlConflict = /ttl value conflicts/i;

/** ntfy's code for a topic of UnifiedPush that no phone listens to. */
const ntfyNoSubscriber = 50_701;
const forbidden: ReadonlySet<number> = new Set([401, 403]);

/**
 * Reads an answer, of which the body may be empty, HTML, or any JSON. Never throws. `signed`: whether the message had
 * our VAPID credentials, so that an answer may be about them.
 */
export function readAnswer(
  status: number,
  headers: IncomingHttpHeaders,
  body: string,
  signed: boolean,
): AnswerFacts<AnswerWord> {
  if (!signed && forbidden.has(status)) return { status, word: 'write_forbidden' };
  const word = (status < 300 ? undefined : wordOf(headers, body)) ?? wnsWord(headers);
  return word === undefined ? { status } : { status, word };
}

/** Microsoft says with 200 too that it has not kept a message, and in headers alone. */
function wnsWord(headers: IncomingHttpHeaders): AnswerWord | undefined {
  const said = String(headers['x-wns-status'] ?? headers['x-wns-notificationstatus']).toLowerCase();
  if (said === 'dropped') return 'wns_dropped';
  return said === 'channelthrottled' ? 'wns_throttled' : undefined;
}

function wordOf(headers: IncomingHttpHeaders, body: string): AnswerWord | undefined {
  const wns = String(headers['x-wns-error-description'] ?? '');
  if (mismatch.test(body) || mismatch.test(wns)) return 'key_mismatch';
  if (ttlConflict.test(wns) || ttlConflict.test(body)) return 'ttl_conflict';
  const json = body.startsWith('{') ? parseObject(body) : undefined;
  if (json?.['code'] === ntfyNoSubscriber) return 'no_subscriber';
  if (json !== undefined)
    return known(typeof json['errno'] === 'number' ? `errno_${json['errno']}` : String(json['reason']));
  return known(googleWord.exec(body)?.[0] ?? '');
}

function known(word: string): AnswerWord | undefined {
  return words.has(word) ? (word as AnswerWord) : undefined;
}
