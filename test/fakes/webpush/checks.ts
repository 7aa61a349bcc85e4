import { openMessage } from './decrypt.ts';
import { checkVapid } from './vapid-check.ts';
import type { HttpAnswer } from './answers.ts';
import { serviceAnswers } from './answers.ts';
import type { Subscription } from './subscription.ts';
import type { Vapid } from './vapid-check.ts';

/** The most that a push service has to take (RFC 8030, section 7.2). */
const maxBodyBytes = 4096;
const urgencies = new Set(['very-low', 'low', 'normal', 'high']);

export interface RawRequest {
  readonly method: string;
  readonly origin: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export type Checked =
  | { readonly ok: true; readonly plaintext: string; readonly vapid?: Vapid }
  | { readonly ok: false; readonly problem: string; readonly answer: HttpAnswer };

/** Everything that RFC 8030, 8188, 8291 and 8292 ask of an application server. */
export function checkRequest(request: RawRequest, subscription: Subscription, now: number): Checked {
  const { method, headers, body } = request;
  if (method !== 'POST') return wrong(405, 'only POST');
  if (headers['content-length'] !== String(body.length)) return wrong(411, 'Content-Length is missing');
  if (body.length > maxBodyBytes) return wrong(413, `body of ${body.length} bytes`);
  const problem = checkDelivery(headers);
  if (problem !== undefined) return wrong(400, problem);
  if (subscription.keys === undefined)
    // As autopush does, which cannot look inside either.
    return headers['content-encoding'] === 'aes128gcm'
      ? { ok: true, plaintext: body.toString() }
      : { ok: false, problem: 'no Content-Encoding', answer: serviceAnswers.mozilla.badEncryption };

  const { authorization } = headers;
  if (authorization === undefined) return wrong(401, 'Authorization is missing');
  const checked = checkVapid(authorization, request.origin, now);
  if (!checked.ok) return wrong(403, checked.problem);
  if (subscription.vapidKey !== undefined && subscription.vapidKey !== checked.vapid.key)
    return { ok: false, problem: 'wrong VAPID key', answer: serviceAnswers.google.credentialsMismatch };
  if (headers['content-encoding'] !== 'aes128gcm') return wrong(415, 'Content-Encoding is not aes128gcm');
  for (const draft of ['encryption', 'crypto-key'])
    if (headers[draft] !== undefined) return wrong(400, `${draft} is of a draft`);
  const opened = openMessage(body, subscription.keys);
  if (!opened.ok) return wrong(400, opened.problem);
  return { ok: true, plaintext: opened.plaintext.toString(), vapid: checked.vapid };
}

function checkDelivery({ ttl, urgency, topic }: RawRequest['headers']): string | undefined {
  if (ttl === undefined) return 'TTL is missing';
  if (!/^\d{1,10}$/.test(ttl)) return 'TTL is no whole number';
  if (Number(ttl) === 0) return 'TTL is 0, which Microsoft and Apple refuse';
  if (urgency !== undefined && !urgencies.has(urgency)) return 'Urgency is unknown';
  if (topic === undefined) return undefined;
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(topic)) return 'Topic is not 1 to 32 characters of base64url';
  return topic.length % 4 === 1 ? 'Topic is no base64url, as Apple reads it' : undefined;
}

function wrong(status: number, problem: string): Checked {
  return { ok: false, problem, answer: { status, headers: { 'content-type': 'text/plain' }, body: problem } };
}
