import { withoutUnwantedCounts } from '@carillon/core';
import type { Counts, Device, Notification } from '@carillon/core';
import { compile } from './compile.ts';
import { fit } from './fit.ts';
import type { Payload } from './fit.ts';
import { isObject } from '@carillon/sending';
import type { JsonObject } from '@carillon/sending';
import { localizedText } from './loc-keys.ts';
import type { PushTypeName } from './push-types.ts';

/** What an app's configuration says about payloads. */
export interface PayloadRules {
  readonly sendBadgeCounts: boolean;
  /** Put the `sound` tweak into alerts. */
  readonly sound: boolean;
  /** Let the phone group alerts by room. */
  readonly threadId: boolean;
  readonly maxBytes: number;
  /** As configured; without one it is told from the payload. */
  readonly pushType?: PushTypeName | undefined;
}

export type BuiltPayload =
  | {
      readonly ok: true;
      readonly json: string;
      readonly pushType: PushTypeName;
    }
  | { readonly ok: false; readonly fault: PayloadFault };

export type PayloadFault = 'default_payload_not_object' | 'nothing_to_send' | 'payload_too_large';

/**
 * What the phone gets. The form is Sygnal's, whose clients are in the field: for an event id without a type
 * (`event_id_only`) the ids and counts beside the client's `default_payload`; for all else an alert made of a
 * `loc-key`, and the badge.
 *
 * Never more than `maxBytes`, and refused only if nothing helps. What is given up first is what Sygnal would not
 * have sent either, so that a phone loses no letter by changing over to us.
 */
export function buildPayload(all: Notification, device: Device, rules: PayloadRules): BuiltPayload {
  const base = defaultPayload(device);
  if (base === undefined) return { ok: false, fault: 'default_payload_not_object' };
  const notification = withoutUnwantedCounts(all, device);
  if (notification === undefined) return { ok: false, fault: 'nothing_to_send' };
  const payload = compose(notification, device, base, rules);
  if (payload === undefined) return { ok: false, fault: 'nothing_to_send' };

  const compiled = compile(payload);
  if (compiled !== undefined && compiled.bytes <= rules.maxBytes)
    return { ok: true, json: compiled.json, pushType: pushTypeOf(payload, rules) };
  for (const economy of economies) {
    const smaller = compose(notification, device, base, { ...rules, ...economy }) ?? payload;
    const json = fit(smaller, rules.maxBytes);
    if (json !== undefined) return { ok: true, json, pushType: pushTypeOf(smaller, rules) };
  }
  return { ok: false, fault: 'payload_too_large' };
}

interface ComposeRules extends PayloadRules {
  /** A message's body that is no string, which cannot be cut, counts as none. */
  readonly plainBody?: boolean;
}

/** What to give up when the payload is too large, one after the other; texts are cut after the first. */
const economies: readonly Partial<ComposeRules>[] = [
  { threadId: false },
  { threadId: false, plainBody: true },
  { threadId: false, plainBody: true, sound: false },
];

function compose(
  notification: Notification,
  device: Device,
  base: JsonObject,
  rules: ComposeRules,
): Payload | undefined {
  const { eventId = '', type = '' } = notification;
  const payload =
    eventId !== '' && type === ''
      ? composeEventIdOnly(notification, base, rules)
      : composeFull(notification, device, base, rules);
  return payload !== undefined && pushTypeOf(payload, rules) === 'background' ? waking(payload) : payload;
}

/** A background push wakes the app only if it says so (Apple, "Pushing background updates to your App"). */
function waking(payload: Payload): Payload {
  return { ...payload, aps: { ...(isObject(payload.aps) && payload.aps), 'content-available': 1 } };
}

function composeEventIdOnly(
  { eventId, roomId = '', counts }: Notification,
  base: JsonObject,
  { sendBadgeCounts }: ComposeRules,
): Payload {
  const payload: Record<string, unknown> = { ...base };
  // APNs takes no other `aps` than an object.
  if ('aps' in base && !isObject(base['aps'])) delete payload['aps'];
  if (roomId !== '') payload['room_id'] = roomId;
  payload['event_id'] = eventId;
  if (sendBadgeCounts && counts?.unread !== undefined) payload['unread_count'] = counts.unread;
  if (sendBadgeCounts && counts?.missedCalls !== undefined) payload['missed_calls'] = counts.missedCalls;
  return payload;
}

function composeFull(
  notification: Notification,
  device: Device,
  base: JsonObject,
  rules: ComposeRules,
): Payload | undefined {
  const { type = '', roomId = '', eventId = '', counts } = notification;
  const text = localizedText(notification, rules.plainBody);
  const badge = rules.sendBadgeCounts ? badgeOf(counts) : undefined;
  if (text === undefined && badge === undefined) return undefined;

  // A badge update carries nothing of the default payload, whose alert would ring.
  const payload: Record<string, unknown> = type === '' ? {} : { ...base };
  const aps: Record<string, unknown> = isObject(payload['aps']) ? { ...payload['aps'] } : {};
  payload['aps'] = aps;
  if (text !== undefined) {
    aps['alert'] = { ...alertOf(aps['alert']), 'loc-key': text.key, 'loc-args': text.args };
    const sound = device.tweaks?.['sound'];
    if (rules.sound && typeof sound === 'string' && sound !== '' && !('sound' in aps)) aps['sound'] = sound;
    if (rules.threadId && roomId !== '' && !('thread-id' in aps)) aps['thread-id'] = roomId;
    if (roomId !== '') payload['room_id'] = roomId;
    if (eventId !== '') payload['event_id'] = eventId;
  }
  if (badge !== undefined) aps['badge'] = badge;
  return payload;
}

/** The client's `default_payload`; empty without one, undefined for one that is no object. */
function defaultPayload({ data }: Device): JsonObject | undefined {
  if (data === undefined || !Object.hasOwn(data, 'default_payload')) return {};
  const value = data['default_payload'];
  return isObject(value) ? value : undefined;
}

/** An alert that is a text is the same as one with only a `body` (Apple, "Generating a remote notification"). */
function alertOf(alert: unknown): JsonObject {
  if (typeof alert === 'string') return { body: alert };
  return isObject(alert) ? alert : {};
}

/** Unread messages and missed calls together, zero included; undefined leaves the badge as it is. */
function badgeOf(counts: Counts | undefined): number | undefined {
  if (counts?.unread === undefined) return counts?.missedCalls;
  return counts.unread + (counts.missedCalls ?? 0);
}

/** Without a configured one: whether the phone shows or plays anything by itself. */
function pushTypeOf({ aps }: Payload, { pushType }: PayloadRules): PushTypeName {
  return pushType ?? (isObject(aps) && isNoticeable(aps) ? 'alert' : 'background');
}

function isNoticeable({ alert, badge, sound }: JsonObject): boolean {
  return isContent(alert) || typeof badge === 'number' || isContent(sound);
}

function isContent(value: unknown): boolean {
  return typeof value === 'string' ? value !== '' : isObject(value);
}
