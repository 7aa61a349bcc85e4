import { createECDH } from 'node:crypto';
import { expect, test } from 'vitest';
import { openMessage } from '../../../../test/fakes/webpush/decrypt.ts';
import { newReceiverKeys } from '../../../../test/fakes/webpush/subscription.ts';
import { rfc8291 } from '../../../../test/fakes/webpush/client.ts';
import { encrypt } from './encryption.ts';

const example = {
  p256dh: Buffer.from(rfc8291.receiverPublicKey, 'base64url'),
  auth: Buffer.from(rfc8291.auth, 'base64url'),
};

test('encrypts the example of RFC 8291, appendix A, to the byte', () => {
  const body = encrypt(rfc8291.plaintext, example, {
    salt: Buffer.from(rfc8291.salt, 'base64url'),
    privateKey: Buffer.from(rfc8291.senderPrivateKey, 'base64url'),
  });
  expect(body?.toString('base64url')).toBe(rfc8291.body);
});

test('takes a new salt and a new key for every message', () => {
  const bodies = [encrypt('x', example), encrypt('x', example)].map((body) => body ?? Buffer.alloc(0));
  const salts = new Set(bodies.map((body) => body.subarray(0, 16).toString('hex')));
  const keys = new Set(bodies.map((body) => body.subarray(21, 86).toString('hex')));
  expect([salts.size, keys.size]).toEqual([2, 2]);
});

test('adds 103 bytes, so that 3993 bytes make a body of 4096 that a browser can open', () => {
  const keys = newReceiverKeys();
  const text = 'ü'.repeat(1996).padEnd(1997, '.');
  const body = encrypt(text, { p256dh: keys.ecdh.getPublicKey(), auth: keys.auth });
  expect(body).toHaveLength(4096);
  expect(openMessage(body ?? Buffer.alloc(0), keys)).toEqual({ ok: true, plaintext: Buffer.from(text) });
});

test('refuses a key that is no point of the curve', () => {
  const point = createECDH('prime256v1').generateKeys();
  point[40] = (point[40] ?? 0) ^ 1;
  expect(encrypt('x', { p256dh: point, auth: Buffer.alloc(16) })).toBeUndefined();
});
