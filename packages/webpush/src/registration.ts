import { ECDH } from 'node:crypto';
import type { Device } from '@carillon/core';
import { ownValue } from '@carillon/sending';

/** What a device's registration says about how it is reached. */
export type Registration =
  | { readonly ok: true; readonly subscription: Subscription }
  | { readonly ok: false; readonly problem: string };

export interface Subscription {
  readonly endpoint: URL;
  /** What the message is: made for a browser, or the notification as the homeserver sent it. */
  readonly format: 'webpush' | 'unifiedpush';
  /** Absent: the message is sent as it is. */
  readonly keys?: SubscriptionKeys;
}

export interface SubscriptionKeys {
  /** The receiver's P-256 point, uncompressed, 65 bytes. Not known to lie on the curve. */
  readonly p256dh: Buffer;
  /** 16 bytes. */
  readonly auth: Buffer;
}

/** Endpoints of the services have some 200 characters; this is what a URL may have nearly everywhere. */
const maxEndpointLength = 2048;

/**
 * Reads a registration. Two kinds are told apart by their pushkey, since a key in base64 has no colon:
 *
 *   pushkey        data                       what is sent
 *   a key          `endpoint`, `auth`         Web Push: our payload, encrypted for the key (RFC 8291)
 *   an https URL   `p256dh` and `auth`        UnifiedPush: the notification, encrypted for `data.p256dh`
 *   an https URL   neither                    UnifiedPush as it first was: the notification, as it is
 */
export function readRegistration({ pushkey, data }: Device): Registration {
  return isUnifiedPush(pushkey) ? readUnifiedPush(pushkey, data) : readWebPush(pushkey, data);
}

/** A browser's endpoint; with UnifiedPush the pushkey is the endpoint. */
export function address({ pushkey, data }: Device): string | undefined {
  const endpoint = ownValue(data, 'endpoint');
  return !isUnifiedPush(pushkey) && typeof endpoint === 'string' ? endpoint : undefined;
}

/** Why a registration can never be sent to; undefined for a good one. Costs some 15 µs. */
export function unusable(device: Device): string | undefined {
  const registration = readRegistration(device);
  if (!registration.ok) return registration.problem;
  const { keys } = registration.subscription;
  return keys === undefined || isOnCurve(keys.p256dh) ? undefined : 'the key is not a point of P-256';
}

function isUnifiedPush(pushkey: string): boolean {
  return pushkey.includes(':');
}

function readWebPush(pushkey: string, data: Device['data']): Registration {
  const endpoint = ownValue(data, 'endpoint');
  if (typeof endpoint !== 'string') return wrong('data.endpoint is missing');
  const keys = readKeys(pushkey, ownValue(data, 'auth'), 'pushkey');
  if (typeof keys === 'string') return wrong(keys);
  return readEndpoint(endpoint, 'data.endpoint', (url) => ({ endpoint: url, format: 'webpush', keys }));
}

function readUnifiedPush(pushkey: string, data: Device['data']): Registration {
  const p256dh = ownValue(data, 'p256dh') ?? undefined;
  const auth = ownValue(data, 'auth') ?? undefined;
  const keys = p256dh === undefined && auth === undefined ? undefined : readKeys(p256dh, auth, 'data.p256dh');
  if (typeof keys === 'string') return wrong(keys);
  return readEndpoint(pushkey, 'the pushkey', (endpoint) => ({
    endpoint,
    format: 'unifiedpush',
    ...(keys !== undefined && { keys }),
  }));
}

/** A text instead of keys says what is wrong. */
function readKeys(p256dh: unknown, auth: unknown, name: string): SubscriptionKeys | string {
  const point = decode(p256dh);
  if (point?.length !== 65 || point[0] !== 4) return `${name} is no uncompressed P-256 point in base64`;
  const secret = decode(auth);
  if (secret?.length !== 16) return 'data.auth is not 16 bytes in base64';
  return { p256dh: point, auth: secret };
}

/** Either alphabet, padded or not: clients have sent all four, and Sygnal took them. */
function decode(text: unknown): Buffer | undefined {
  return typeof text === 'string' && /^[A-Za-z0-9+/_-]{1,100}={0,2}$/.test(text)
    ? Buffer.from(text, 'base64')
    : undefined;
}

function readEndpoint(
  text: string,
  name: string,
  subscriptionOf: (endpoint: URL) => Subscription,
): Registration {
  if (text.length > maxEndpointLength) return wrong(`${name} is longer than ${maxEndpointLength} characters`);
  const endpoint = URL.parse(text);
  if (endpoint === null) return wrong(`${name} is no URL`);
  if (endpoint.protocol !== 'https:') return wrong(`${name} is no https URL`);
  if (endpoint.username !== '' || endpoint.password !== '') return wrong(`${name} has user information`);
  return { ok: true, subscription: subscriptionOf(endpoint) };
}

function isOnCurve(point: Buffer): boolean {
  try {
    ECDH.convertKey(point, 'prime256v1', undefined, undefined, 'compressed');
    return true;
  } catch {
    return false;
  }
}

function wrong(problem: string): Registration {
  return { ok: false, problem };
}
