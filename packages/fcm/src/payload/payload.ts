import { hash } from 'node:crypto';
import { isAboutEvent, withoutUnwantedCounts } from '@carillon/core';
import type { Delivery, Notification } from '@carillon/core';
import { cutToBytes, isObject, ownValue, textsOf, toJson } from '@carillon/sending';
import type { JsonObject } from '@carillon/sending';
import { maxTtlSeconds, optionTextBytes, ttlSeconds } from '../config.ts';
import { fitPayload, maxPayloadBytes } from './fit.ts';
import type { FcmSettings } from '../config.ts';
import type { DataFields } from './fit.ts';

/** The body of a send request, or why there is none: a row of the table of answers. */
export type BuiltMessage =
  | { readonly ok: true; readonly body: string }
  | {
      readonly ok: false;
      readonly fault:
        'pushkey_malformed' | 'pushkey_is_endpoint' | 'default_payload_not_object' | 'nothing_to_send';
    };

export type MessageBuilder = (delivery: Delivery, now: number) => BuiltMessage;

/** Sygnal's limit for one text of the notification, in bytes of UTF-8. Today's phones know nothing longer. */
export const maxTextBytes = 1024;
/** What any registration token or installation ID is made of. Sygnal's phones have stranger ones than Google's. */
const pushkeyForm = /^(?=.*[!-~])[ -~]{1,2048}$/;
/** An endpoint of UnifiedPush, from a client that has one `app_id` for both. */
const endpointForm = /^https:\/\//i;
/** FCM refuses the whole message for one of these (table of error codes, "reserved keys"). */
const reservedKey = /^(from$|message_type$|google|gcm)/;

/**
 * Makes FCM messages of notifications. The data are Sygnal's, field by field, as today's phones read them:
 *
 * - the client's `default_payload`, over it the fields of the notification, each at most 1024 bytes, strings only;
 * - `content_` + key for each string of `content`; of anything else in it nothing is sent;
 * - `prio` as `high` or `normal`, counts as decimal strings; zeros in badge updates only, where they say that all is
 *   read (Sygnal sends no such update to FCM);
 * - `fcm_options` beneath the message.
 *
 * Where Sygnal makes FCM refuse the message, Carillon makes it fit: values of `default_payload` that are no
 * strings become JSON texts (null is left out), reserved keys (`from`, `message_type`, `google*`, `gcm*`) are
 * left out, half surrogate pairs become U+FFFD, and the whole is brought below 4096 bytes (`fit.ts`).
 *
 * What repeats a send (invariant 10): the `event_id` in the data is the stable key. Events carry no
 * `collapse_key`: a phone that is offline keeps only four of them and drops the others, so a key for each event
 * would lose messages, and one for several would let an event replace another. Badge updates have one key for
 * each account on the phone, since only the newest of them matters.
 */
export function createMessageBuilder(settings: FcmSettings): MessageBuilder {
  const { fcm_options: options, send_badge_counts: sendCounts } = settings;
  const { android: optionAndroid, ...optionMessage } = options;
  const android = isObject(optionAndroid) ? optionAndroid : {};
  const budget = maxPayloadBytes - optionTextBytes(options);

  return ({ notification: all, device, expiresAt }, now) => {
    const notification = withoutUnwantedCounts(all, device);
    if (notification === undefined) return { ok: false, fault: 'nothing_to_send' };
    if (endpointForm.test(device.pushkey)) return { ok: false, fault: 'pushkey_is_endpoint' };
    if (!pushkeyForm.test(device.pushkey)) return { ok: false, fault: 'pushkey_malformed' };
    const stated = ownValue(device.data, 'default_payload');
    const defaultPayload = stated === undefined ? noDefaults : stated;
    if (!isObject(defaultPayload)) return { ok: false, fault: 'default_payload_not_object' };
    const defaults: DataFields = new Map();
    const fields: DataFields = new Map();
    addNotification(fields, notification);
    const content = isContent(notification.content) ? notification.content : defaultPayload['content'];
    addContent(fields, content, content === notification.content);
    addDefaults(defaults, defaultPayload, isObject(content));
    const hasCounts = sendCounts && addCounts(fields, notification);
    if (!hasCounts && !names('room_id', defaults, fields) && !names('event_id', defaults, fields))
      return { ok: false, fault: 'nothing_to_send' };

    fitPayload(defaults, fields, budget);
    for (const [key, value] of fields) defaults.set(key, value);
    const message = {
      ...optionMessage,
      token: device.pushkey,
      data: Object.fromEntries(defaults),
      android: {
        ...(!isAboutEvent(notification) && { collapse_key: badgeKey(defaultPayload) }),
        ...android,
        priority: notification.prio === 'low' ? 'normal' : 'high',
        ttl: ttl(android['ttl'], expiresAt - now),
      },
    };
    return { ok: true, body: JSON.stringify({ message }) };
  };
}

const noDefaults = {} as const;

function addNotification(fields: DataFields, notification: Notification): void {
  for (const [key, text] of textsOf(notification)) addText(fields, key, text);
  fields.set('prio', notification.prio === 'low' ? 'normal' : 'high');
}

function addText(fields: DataFields, key: string, text: string | undefined): void {
  if (text !== undefined) fields.set(key, cutToBytes(text.toWellFormed(), maxTextBytes));
}

function isContent(content: unknown): boolean {
  return typeof content === 'string' || isObject(content);
}

/** Content of the notification, or else of the client's `default_payload`: Sygnal flattens either. */
function addContent(fields: DataFields, content: unknown, fromNotification: boolean): void {
  if (typeof content === 'string') {
    if (fromNotification) addText(fields, 'content', content);
    return;
  }
  if (!isObject(content)) return;
  // The body first, and no more keys than could fit if all values were cut away: a room member chose them.
  addContentText(fields, 'body', content['body']);
  let keyUnits = 0;
  for (const key of Object.keys(content)) {
    if (key === 'body' || keyUnits + key.length > maxPayloadBytes) continue;
    keyUnits += key.length;
    addContentText(fields, key, content[key]);
  }
}

function addContentText(fields: DataFields, key: string, value: unknown): void {
  if (typeof value === 'string') addText(fields, `content_${key.toWellFormed()}`, value);
}

function addDefaults(defaults: DataFields, defaultPayload: JsonObject, contentReplaced: boolean): void {
  if (defaultPayload === noDefaults) return;
  for (const [key, value] of Object.entries(defaultPayload)) {
    if (reservedKey.test(key) || (contentReplaced && key === 'content')) continue;
    const text = asText(value);
    if (text !== undefined) defaults.set(key.toWellFormed(), text);
  }
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.toWellFormed();
  if (value === null || value === undefined) return undefined;
  return toJson(value);
}

function addCounts(fields: DataFields, notification: Notification): boolean {
  const least = isAboutEvent(notification) ? 1 : 0;
  const { unread = -1, missedCalls = -1 } = notification.counts ?? {};
  if (unread >= least) fields.set('unread', String(unread));
  if (missedCalls >= least) fields.set('missed_calls', String(missedCalls));
  return unread >= least || missedCalls >= least;
}

function names(key: 'room_id' | 'event_id', defaults: DataFields, fields: DataFields): boolean {
  return (fields.get(key) ?? defaults.get(key) ?? '') !== '';
}

/** Two accounts on one phone differ in their `default_payload` alone, and must not replace each other's badge. */
function badgeKey(defaultPayload: JsonObject): string {
  const text = asText(defaultPayload);
  if (text === undefined || text === '{}') return 'badge';
  return `badge-${hash('sha256', text, 'base64url').slice(0, 8)}`;
}

/** Until the delivery expires (invariant 9), or as `fcm_options` say if that is sooner. Whole seconds. */
function ttl(configured: unknown, remainingMs: number): string {
  const seconds = Math.min(Math.max(Math.floor(remainingMs / 1000), 0), maxTtlSeconds);
  const limit = ttlSeconds(configured);
  return limit !== undefined && limit < seconds && typeof configured === 'string'
    ? configured
    : `${seconds}s`;
}
