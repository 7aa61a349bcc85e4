import { createDecipheriv, hkdfSync } from 'node:crypto';
import type { ECDH } from 'node:crypto';

/** What a browser opens its messages with. */
export interface ReceiverKeys {
  readonly ecdh: ECDH;
  /** 16 bytes that only the browser and the application server know. */
  readonly auth: Buffer;
}

export type Opened =
  { readonly ok: true; readonly plaintext: Buffer } | { readonly ok: false; readonly problem: string };

const headerBytes = 21;
const tagBytes = 16;

/**
 * Opens a message as a browser does: the content coding `aes128gcm` (RFC 8188) with the keys of RFC 8291. Strict
 * where RFC 8291, section 4, is: one record, the sender's public key as key ID, the last record's delimiter.
 */
export function openMessage(body: Buffer, { ecdh, auth }: ReceiverKeys): Opened {
  if (body.length < headerBytes) return { ok: false, problem: 'body is shorter than its header' };
  const salt = body.subarray(0, 16);
  const recordSize = body.readUInt32BE(16);
  const keyLength = body.readUInt8(20);
  const senderKey = body.subarray(headerBytes, headerBytes + keyLength);
  const record = body.subarray(headerBytes + keyLength);
  if (keyLength !== 65 || senderKey.length !== 65)
    return { ok: false, problem: 'key ID is not an uncompressed P-256 point' };
  if (recordSize < 18) return { ok: false, problem: 'record size is below 18' };
  if (record.length > recordSize) return { ok: false, problem: 'more than one record' };
  if (record.length < tagBytes + 1) return { ok: false, problem: 'record is too short' };

  let shared: Buffer;
  try {
    shared = ecdh.computeSecret(senderKey);
  } catch {
    return { ok: false, problem: 'key ID is not a point of P-256' };
  }
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), ecdh.getPublicKey(), senderKey]);
  const secret = Buffer.from(hkdfSync('sha256', shared, auth, info, 32));
  const key = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: aes128gcm\0', 16));
  const nonce = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: nonce\0', 12));
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(record.subarray(-tagBytes));
  let padded: Buffer;
  try {
    padded = Buffer.concat([decipher.update(record.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    return { ok: false, problem: 'cannot be decrypted with the keys of this subscription' };
  }
  const delimiter = padded.findLastIndex((byte) => byte !== 0);
  if (padded[delimiter] !== 2) return { ok: false, problem: 'last record does not end in its delimiter 2' };
  return { ok: true, plaintext: padded.subarray(0, delimiter) };
}
