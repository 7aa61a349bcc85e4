import { createECDH, randomBytes } from 'node:crypto';
import type { Inbox } from '../inbox.ts';
import type { ReceiverKeys } from './decrypt.ts';
import type { WebPushMessage } from './message.ts';

/** A browser's subscription as a Matrix client would register it, and what the browser got. */
export interface Subscription {
  /** Path of the endpoint: how the fake knows it. */
  readonly path: string;
  /** The key `p256dh`, base64url. */
  readonly pushkey: string;
  readonly data: { readonly endpoint: string; readonly auth: string };
  /** Messages that were taken, accepted by the fake's checks and answered with 2xx. */
  readonly inbox: Inbox<WebPushMessage>;
  /** The only VAPID key it takes messages from, base64url; any if absent. */
  readonly vapidKey?: string;
  /** Undefined where messages come unencrypted: an endpoint of UnifiedPush as it first was. */
  readonly keys?: ReceiverKeys;
}

export function newPath(folder: 'wp' | 'up'): string {
  return `/${folder}/${randomBytes(24).toString('base64url')}`;
}

export function newReceiverKeys(): ReceiverKeys {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  return { ecdh, auth: randomBytes(16) };
}

export function keysFrom(privateKey: string, auth: string): ReceiverKeys {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(Buffer.from(privateKey, 'base64url'));
  return { ecdh, auth: Buffer.from(auth, 'base64') };
}
