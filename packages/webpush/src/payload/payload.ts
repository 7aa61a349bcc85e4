import { withoutUnwantedCounts } from '@carillon/core';
import type { Device, Notification } from '@carillon/core';
import { toJson, cutToCodePoints, ellipsis, isObject, ownValue, textsOf } from '@carillon/sending';
import type { JsonObject } from '@carillon/sending';
import { fieldsThatFit, fit } from './fit.ts';

/** A payload as JSON, or why there is none. */
export type Payload =
  { readonly ok: true; readonly json: string } | { readonly ok: false; readonly fault: PayloadFault };

export type PayloadFault = 'default_payload_not_object' | 'nothing_to_send' | 'payload_too_large';

/** Sygnal's limits, in code points, that service workers know. */
const maxBodyLength = 1000;
const maxCiphertextLength = 2000;

/**
 * The payload for a browser: Sygnal's, field by field, as today's service workers read it.
 *
 * - The client's `default_payload`, over it the notification's fields that are neither empty nor false, and the
 *   counts, zeros included. A `default_payload` of null is none.
 * - `content` where it has keys, without `formatted_body`, without a `ciphertext` of more than 2000 characters, and
 *   with a `body` of at most 1000.
 * - The whole in at most `maxBytes`, cut if need be (`fit.ts`).
 */
export function buildPayload(all: Notification, device: Device, maxBytes: number): Payload {
  const defaults = ownValue(device.data, 'default_payload') ?? {};
  if (!isObject(defaults)) return { ok: false, fault: 'default_payload_not_object' };
  const notification = wanted(all, device);
  if (notification === undefined) return { ok: false, fault: 'nothing_to_send' };
  const payload: Record<string, unknown> = { ...defaults };
  addFields(payload, notification);
  const content = contentFor(notification.content);
  if (content !== undefined) payload['content'] = content;
  return finish(payload, maxBytes);
}

const frame = { before: '{"notification":', after: '}' };
const frameBytes = frame.before.length + frame.after.length;

/**
 * The payload for UnifiedPush: the body of the notify request as the homeserver sent it, with fields that we do not
 * know, but for the devices, which are nobody's business (UnifiedPush, "Matrix gateway": clients read
 * `{"notification": {…}}`).
 */
export function buildUnifiedPushPayload(all: Notification, device: Device, maxBytes: number): Payload {
  const notification = wanted(all, device);
  if (notification === undefined) return { ok: false, fault: 'nothing_to_send' };
  const { counts, content, prio, others } = notification;
  const known: Record<string, unknown> = { prio };
  addFields(known, { ...notification, counts: {} });
  if (counts !== undefined) known['counts'] = countFields(counts);
  if (content !== undefined) known['content'] = content;
  const room = maxBytes - frameBytes;
  const payload = finish(others === undefined ? known : withOthers(known, others, room), room);
  return payload.ok ? { ok: true, json: frame.before + payload.json + frame.after } : payload;
}

/** Fields that we do not know stay rather than content: the homeserver wrote them, and not a member of the room. */
function withOthers(known: JsonObject, others: JsonObject, maxBytes: number): JsonObject {
  const whole = { ...others, ...known };
  const json = toJson(whole);
  return json !== undefined && Buffer.byteLength(json) <= maxBytes
    ? whole
    : { ...fieldsThatFit(others, known, maxBytes), ...known };
}

/** What the client asked for: no counts, or `events_only`. */
function wanted(notification: Notification, device: Device): Notification | undefined {
  const { eventId = '' } = notification;
  if (ownValue(device.data, 'events_only') === true && eventId === '') return undefined;
  return withoutUnwantedCounts(notification, device);
}

function finish(payload: JsonObject, maxBytes: number): Payload {
  const json = fit(payload, maxBytes);
  return json === undefined ? { ok: false, fault: 'payload_too_large' } : { ok: true, json };
}

function addFields(payload: Record<string, unknown>, notification: Notification): void {
  for (const [key, text] of textsOf(notification)) if (text !== undefined && text !== '') payload[key] = text;
  if (notification.userIsTarget === true) payload['user_is_target'] = true;
  if (notification.counts !== undefined) Object.assign(payload, countFields(notification.counts));
}

function countFields({ unread, missedCalls }: NonNullable<Notification['counts']>): JsonObject {
  return {
    ...(unread !== undefined && { unread }),
    ...(missedCalls !== undefined && { missed_calls: missedCalls }),
  };
}

/** A room member wrote it: any key, any value. Only copies are made of it. */
function contentFor(content: unknown): JsonObject | undefined {
  if (!isObject(content) || Object.keys(content).length === 0) return undefined;
  const { formatted_body: _formatted, ...kept } = content;
  const result: Record<string, unknown> = kept;
  const { body, ciphertext } = kept;
  if (typeof body === 'string') result['body'] = cutToCodePoints(body, maxBodyLength, ellipsis);
  if (typeof ciphertext === 'string' && isLonger(ciphertext, maxCiphertextLength))
    delete result['ciphertext'];
  return result;
}

function isLonger(text: string, codePoints: number): boolean {
  return text.length > codePoints && cutToCodePoints(text, codePoints) !== text;
}
