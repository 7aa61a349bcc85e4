import { createECDH, createHash, createPrivateKey } from 'node:crypto';
import type { Fields, ProviderName } from './golden-case.ts';

/**
 * What the devices of the golden files are registered with. Everything is computed of a word, so that the files
 * are the same wherever they are made and no key is stored.
 */
function digest(word: string): Buffer {
  return createHash('sha256').update(`golden ${word}`).digest();
}

/** A key pair of P-256. Throws for a word whose digest is no private key, which is one in four billion. */
function keyPair(word: string) {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(digest(word));
  return ecdh;
}

export const tokenInHex = digest('iPhone').toString('hex');

/** The push service of the files, in whose stead the stand-in is reached. */
export const serviceOrigin = 'https://push.example.org';

/** Paths of the endpoints at the push service. */
export const paths = {
  browser: '/wp/nave',
  unifiedPush: '/up/porch',
  unifiedPushWithKeys: '/up/crypt',
} as const;

export function endpointOf(name: keyof typeof paths): string {
  return serviceOrigin + paths[name];
}

/** Of the browser, and of the phone with keys. */
export const receiverKeys = { ecdh: keyPair('receiver'), auth: digest('auth').subarray(0, 16) };

const p256dh = receiverKeys.ecdh.getPublicKey('base64url');
const auth = receiverKeys.auth.toString('base64url');

export const browserData = { endpoint: endpointOf('browser'), auth };
export const phoneKeys = { p256dh, auth };

/** The fields that a device of each provider has unless a case says otherwise. */
export const usualDevices: Readonly<Record<ProviderName, Fields>> = {
  apns: { app_id: 'com.example.bells.ios', pushkey: digest('iPhone').toString('base64') },
  fcm: { app_id: 'com.example.bells.android', pushkey: 'fA1l2-tOkEn:APA91b-of-a-phone' },
  webpush: { app_id: 'com.example.bells.web', pushkey: p256dh, data: browserData },
};

/** What the apps of the files have beside their credentials, whatever the case. */
export const usualSettings: Readonly<Record<ProviderName, Fields>> = {
  apns: { topic: 'com.example.bells' },
  fcm: {},
  webpush: { vapid_contact: 'mailto:ops@example.com' },
};

export const providerNames = Object.keys(usualDevices) as readonly ProviderName[];

/** The PEM of the app's VAPID key, which topics of rooms are made with. */
export function vapidKey(): string {
  const ecdh = keyPair('vapid');
  const point = ecdh.getPublicKey();
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: ecdh.getPrivateKey('base64url'),
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  return createPrivateKey({ key: jwk, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' }).toString();
}
