import { expect, test } from 'vitest';
import { newReceiverKeys } from '../../../test/fakes/webpush/subscription.ts';
import { address, readRegistration, unusable } from './registration.ts';

const { ecdh, auth } = newReceiverKeys();
const p256dh = ecdh.getPublicKey('base64url');
const secret = auth.toString('base64url');
const endpoint = 'https://push.example.com/wp/secret-token';
const data = { endpoint, auth: secret };

function problemOf(pushkey: string, own?: Record<string, unknown>): string | undefined {
  return unusable({ appId: 'app', pushkey, ...(own !== undefined && { data: own }) });
}

test('takes a subscription, in either alphabet, padded or not', () => {
  expect(problemOf(p256dh, data)).toBeUndefined();
  expect(problemOf(ecdh.getPublicKey('base64'), { endpoint, auth: auth.toString('base64') })).toBeUndefined();
  expect(problemOf(p256dh, { ...data, extra: { deep: [] } })).toBeUndefined();
});

test('is addressed by its endpoint, which the pushkey of UnifiedPush is itself', () => {
  expect(address({ appId: 'app', pushkey: p256dh, data })).toBe(endpoint);
  expect(address({ appId: 'app', pushkey: 'https://up.example.com/x', data })).toBeUndefined();
  expect(address({ appId: 'app', pushkey: p256dh })).toBeUndefined();
});

const offCurve = ecdh.getPublicKey();
offCurve[40] = (offCurve[40] ?? 0) ^ 1;

test.each<[string, string, Record<string, unknown> | undefined]>([
  ['no data', p256dh, undefined],
  ['no endpoint', p256dh, { auth: secret }],
  ['no auth', p256dh, { endpoint }],
  ['an endpoint that is no string', p256dh, { ...data, endpoint: [endpoint] }],
  ['an auth of null', p256dh, { ...data, auth: null }],
  ['an auth of 15 bytes', p256dh, { ...data, auth: auth.subarray(1).toString('base64url') }],
  ['an empty pushkey', '', data],
  ['a pushkey that is no base64', `${p256dh.slice(1)}!`, data],
  ['a compressed key', ecdh.getPublicKey('base64url', 'compressed'), data],
  ['a private key', ecdh.getPrivateKey('base64url'), data],
  ['a key off the curve', offCurve.toString('base64url'), data],
  ['an endpoint without TLS', p256dh, { ...data, endpoint: 'http://push.example.com/x' }],
  ['an endpoint with a user', p256dh, { ...data, endpoint: 'https://user@push.example.com/x' }],
  ['an endpoint that is no URL', p256dh, { ...data, endpoint: 'push.example.com' }],
  ['an endpoint without end', p256dh, { ...data, endpoint: `https://push.example.com/${'x'.repeat(3000)}` }],
  ['a UnifiedPush endpoint without TLS', 'http://up.example.com/x', undefined],
  ['a UnifiedPush endpoint with half of the keys', 'https://up.example.com/x', { auth: secret }],
  ['a UnifiedPush endpoint with broken keys', 'https://up.example.com/x', { auth: secret, p256dh: 'x' }],
])('calls unusable: %s', (_what, pushkey, own) => {
  const problem = problemOf(pushkey, own);
  expect(problem).toMatch(/pushkey|data\.|key/);
  for (const value of [p256dh, secret, 'secret-token', 'example.com']) expect(problem).not.toContain(value);
});

test('tells UnifiedPush by a pushkey that is a URL: encrypted where it has keys, else as it is', () => {
  const pushkey = 'https://up.example.com/UP?token=x';
  const plain = readRegistration({ appId: 'app', pushkey });
  expect(plain).toMatchObject({ ok: true, subscription: { format: 'unifiedpush' } });
  expect(plain).not.toHaveProperty('subscription.keys');
  expect(readRegistration({ appId: 'app', pushkey, data: { p256dh, auth: secret } })).toMatchObject({
    ok: true,
    subscription: { format: 'unifiedpush', keys: { auth } },
  });
  expect(readRegistration({ appId: 'app', pushkey: p256dh, data })).toMatchObject({
    ok: true,
    subscription: { format: 'webpush', keys: { auth } },
  });
});

test('finds no keys that only the prototype has', () => {
  expect(problemOf(p256dh, Object.create(data) as Record<string, unknown>)).toContain('data.endpoint');
});
