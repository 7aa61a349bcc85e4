import { registrationKey } from '@carillon/core';
import type { Delivery } from '@carillon/core';
import { createHash } from 'node:crypto';
import { deviceToken } from './device-token.ts';
import { buildPayload } from './payload.ts';
import type { PayloadFault, PayloadRules } from './payload.ts';
import { pushTypes, topicFor } from './push-types.ts';
import { mayRing } from './rings.ts';
import type { PushType } from './push-types.ts';

/** One notification for APNs, but for who sends it: the same for every try of a delivery. */
export interface ApnsRequest {
  readonly token: string;
  /** Names and values in turn, without the pseudo headers and `authorization`. */
  readonly headers: readonly string[];
  readonly body: string;
}

export type RequestFault = PayloadFault | 'pushkey_malformed' | 'not_a_call';

export interface RequestRules extends Omit<PayloadRules, 'maxBytes'> {
  readonly topic: string;
  /**
   * Only what may ring is sent: iOS ends an app that is woken by a VoIP push and reports no call, and after some of
   * them wakes it for none (Apple, "Responding to VoIP notifications from PushKit").
   */
  readonly callsOnly: boolean;
  /** Pushkeys are base64, else hex. */
  readonly base64: boolean;
}

/** A request, or why there is none: a row of the table of answers. */
export type BuiltRequest =
  { readonly ok: true; readonly request: ApnsRequest } | { readonly ok: false; readonly fault: RequestFault };

/** Makes requests of one app's deliveries. */
export function createRequestBuilder(rules: RequestRules): (delivery: Delivery) => BuiltRequest {
  const payloadRules = { ...rules, maxBytes: pushTypes[rules.pushType ?? 'alert'].maxBytes };
  const fixedHeaders = new Map(
    (['alert', 'background', ...(rules.pushType === undefined ? [] : [rules.pushType])] as const).map(
      (pushType) => [
        pushType,
        ['apns-topic', topicFor(rules.topic, pushType), 'apns-push-type', pushType] as const,
      ],
    ),
  );

  return (delivery) => {
    const { notification, device, id, expiresAt } = delivery;
    const token = deviceToken(device.pushkey, rules.base64);
    if (token === undefined) return { ok: false, fault: 'pushkey_malformed' };
    if (rules.callsOnly && !mayRing(notification)) return { ok: false, fault: 'not_a_call' };
    const payload = buildPayload(notification, device, payloadRules);
    if (!payload.ok) return payload;
    const { pushType } = payload;
    const { priority }: PushType = pushTypes[pushType];
    const request = {
      token,
      headers: [
        ...(fixedHeaders.get(pushType) ?? []),
        'apns-priority',
        String(priority ?? (notification.prio === 'low' ? 5 : 10)),
        'apns-expiration',
        String(Math.max(0, Math.floor(expiresAt / 1000))),
        'apns-id',
        apnsId(id),
        'apns-collapse-id',
        collapseId(delivery),
      ],
      body: payload.json,
    };
    return { ok: true, request };
  };
}

/**
 * What a second copy of a delivery is told by, and replaces the first (invariant 10). An event has its own on each
 * device, so that no event replaces another; badge updates of a device replace each other.
 */
function collapseId({ id, notification, device }: Delivery): string {
  const { eventId = '', type = '' } = notification;
  const text = eventId === '' && type === '' ? registrationKey(device) : id;
  // Apple: at most 64 bytes. Ours have 22.
  return Buffer.byteLength(text) <= 64 ? text : digest(text).toString('base64url');
}

/** The delivery's 128 bits as the canonical UUID that APNs wants: lower case, marked as of our own making (version 8). */
function apnsId(id: string): string {
  let bytes: Buffer = Buffer.from(id, 'base64url');
  if (bytes.length !== 16) bytes = digest(id).subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
