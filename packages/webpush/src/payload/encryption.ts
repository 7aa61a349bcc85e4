import { createCipheriv, createECDH, createHmac, randomBytes } from 'node:crypto';
import type { SubscriptionKeys } from '../registration.ts';

/** What is new with every message, so that no two have the same key. */
export interface MessageSecrets {
  /** 16 bytes. */
  readonly salt: Buffer;
  /** P-256, 32 bytes. */
  readonly privateKey?: Buffer;
}

const keyInfo = Buffer.from('WebPush: info\0');
const firstBlock = Buffer.from([1]);
const contentKeyInfo = Buffer.from('Content-Encoding: aes128gcm\0\u0001');
const nonceInfo = Buffer.from('Content-Encoding: nonce\0\u0001');
const recordSize = 4096;

/**
 * Encrypts a message for one subscription: RFC 8291, with the content coding `aes128gcm` of RFC 8188 in a single
 * record. Undefined if the subscription's key is not a point of P-256.
 *
 * `secrets` are random unless a test gives those of the RFC's example.
 */
export function encrypt(
  plaintext: string,
  { p256dh, auth }: SubscriptionKeys,
  secrets: MessageSecrets = { salt: randomBytes(16) },
): Buffer | undefined {
  const sender = createECDH('prime256v1');
  if (secrets.privateKey === undefined) sender.generateKeys();
  else sender.setPrivateKey(secrets.privateKey);
  let shared: Buffer;
  try {
    shared = sender.computeSecret(p256dh);
  } catch {
    return undefined;
  }
  const senderKey = sender.getPublicKey();
  const { salt } = secrets;

  const secret = hmac(hmac(auth, shared), Buffer.concat([keyInfo, p256dh, senderKey, firstBlock]));
  const extracted = hmac(salt, secret);
  const key = hmac(extracted, contentKeyInfo).subarray(0, 16);
  const nonce = hmac(extracted, nonceInfo).subarray(0, 12);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const header = Buffer.alloc(21);
  salt.copy(header);
  header.writeUInt32BE(recordSize, 16);
  header.writeUInt8(senderKey.length, 20);
  return Buffer.concat([
    header,
    senderKey,
    cipher.update(plaintext, 'utf8'),
    cipher.update('\u0002', 'utf8'), // the delimiter of the last record; no padding
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/**
 * Both steps of HKDF-SHA-256 (RFC 5869), since two of the keys come of one extraction: extract with the salt as key,
 * expand with the info. No more than 32 bytes are wanted, so that one block will do; its number ends the info.
 */
function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
