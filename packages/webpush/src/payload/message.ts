import { createHmac, hash } from 'node:crypto';
import { isAboutEvent } from '@carillon/core';
import type { Delivery } from '@carillon/core';
import { encrypt } from './encryption.ts';
import { ownValue, toJson } from '@carillon/sending';
import { buildPayload, buildUnifiedPushPayload } from './payload.ts';
import type { PayloadFault } from './payload.ts';
import type { Subscription } from '../registration.ts';
import type { PushService } from '../connection/services.ts';
import type { Vapid } from '../credentials/vapid.ts';

/** One POST to a push service. */
export interface Message {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type MessageResult =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly fault: PayloadFault | 'registration_unusable' };

export interface MessageRules {
  readonly ttlMs: number;
  readonly vapid: Vapid;
  /** Keeps push services from recognising a room by its topic. */
  readonly topicKey: Buffer;
}

/** Less is refused by Microsoft and Apple (0), or dropped for browsers that are a moment away. */
const minTtlSeconds = 60;

/** Makes the message of one delivery. `now` in milliseconds since 1970. */
export function buildMessage(
  delivery: Delivery,
  subscription: Subscription,
  service: PushService,
  rules: MessageRules,
  now: number,
): MessageResult {
  const { notification, device, expiresAt } = delivery;
  const { endpoint, format, keys } = subscription;
  const build = format === 'webpush' ? buildPayload : buildUnifiedPushPayload;
  const payload = build(notification, device, service.maxPlaintextBytes);
  if (!payload.ok) return payload;
  const body = keys === undefined ? Buffer.from(payload.json) : encrypt(payload.json, keys);
  if (body === undefined) return { ok: false, fault: 'registration_unusable' };

  const topic = topicOf(delivery, service, rules.topicKey);
  const headers: Record<string, string> = {
    ttl: String(ttlSeconds(rules.ttlMs, expiresAt - now)),
    urgency: urgencyOf(delivery),
    'content-length': String(body.length),
    // Of plain bodies too: push servers that are Web Push services refuse any other, and none can look inside. The
    // client finds no encryption and takes the text as it is (UnifiedPush, "Gateways for Matrix").
    'content-encoding': 'aes128gcm',
    'content-type': keys === undefined ? 'application/json' : 'application/octet-stream',
  };
  if (topic !== undefined) headers['topic'] = topic;
  if (keys !== undefined) headers['authorization'] = rules.vapid.authorization(endpoint.origin);
  return { ok: true, message: { path: endpoint.pathname + endpoint.search, headers, body } };
}

/**
 * RFC 8030, section 5.3: `high` is for calls and what cannot wait, and a phone that dozes keeps `normal` back for
 * minutes. So what a homeserver calls urgent is, but for badge updates, which nobody waits for.
 */
function urgencyOf({ notification, lane }: Delivery): 'high' | 'normal' | 'low' {
  if (lane === 'calls') return 'high';
  if (notification.prio === 'low') return 'low';
  return isAboutEvent(notification) ? 'high' : 'normal';
}

/** A delivery's own expiry wins (invariant 9), but for the last second. */
function ttlSeconds(configuredMs: number, remainingMs: number): number {
  const configured = Math.max(minTtlSeconds, Math.floor(configuredMs / 1_000));
  return Math.max(1, Math.min(configured, Math.floor(remainingMs / 1_000)));
}

/**
 * What a message replaces while the browser is away (RFC 8030, section 5.4): the last of its room, where the client
 * asked for that; the last badge; else only a copy of itself (invariant 10). Of base64url without padding, and of a
 * length that Apple can decode.
 */
function topicOf(
  { id, notification, device }: Delivery,
  { topicForEachEvent }: PushService,
  topicKey: Buffer,
): string | undefined {
  const { roomId = '' } = notification;
  if (roomId !== '' && ownValue(device.data, 'only_last_per_room') === true)
    return createHmac('sha256', topicKey).update(roomId).digest('base64url').slice(0, 32);
  if (!topicForEachEvent) return undefined;
  if (isAboutEvent(notification)) return /^[A-Za-z0-9_-]{22}$/.test(id) ? id : undefined;
  // Two accounts of one browser differ in their `default_payload` alone, and keep their badges apart by it.
  const defaults = toJson(ownValue(device.data, 'default_payload')) ?? '';
  return hash('sha256', `badge ${defaults}`, 'base64url').slice(0, 32);
}
