import { generateKeyPairSync, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { ProviderToken } from './provider-token.ts';

const minute = 60_000;

function setup() {
  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const clock = { now: Date.parse('2026-11-21T10:00:00Z') };
  const token = new ProviderToken({ key, keyId: 'KEYID12345', teamId: 'TEAMID1234' }, () => clock.now);
  return { token, clock, publicKey };
}

test('signs what Apple asks for', () => {
  const { token, clock, publicKey } = setup();
  const [, header = '', claims = '', signature = ''] =
    /^bearer (.+)\.(.+)\.(.+)$/.exec(token.authorization) ?? [];
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  expect(read(header)).toEqual({ alg: 'ES256', kid: 'KEYID12345' });
  expect(read(claims)).toEqual({ iss: 'TEAMID1234', iat: clock.now / 1000 });
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  expect(verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))).toBe(
    true,
  );
});

test('keeps a token for 50 minutes, ten less than APNs takes it', () => {
  const { token, clock } = setup();
  const first = token.authorization;
  clock.now += 50 * minute - 1;
  expect(token.authorization).toBe(first);
  clock.now += 1;
  expect(token.authorization).not.toBe(first);
});

test('signs anew when the clock was set back', () => {
  const { token, clock } = setup();
  const first = token.authorization;
  clock.now -= 60 * minute;
  expect(token.authorization).not.toBe(first);
});

test('renews a token that APNs calls too old, once in 20 minutes', () => {
  const { token, clock } = setup();
  const first = token.authorization;
  token.renew(first);
  const second = token.authorization;
  expect(second).not.toBe(first);
  token.renew(second);
  expect(token.authorization).toBe(second);
  clock.now += 20 * minute;
  token.renew(second);
  expect(token.authorization).not.toBe(second);
});

test('renews only the token that is in use', () => {
  const { token } = setup();
  const first = token.authorization;
  token.renew('bearer of.an.older');
  expect(token.authorization).toBe(first);
});

test('goes back to the token before when APNs saw too many, and signs no other for 20 minutes', () => {
  const { token, clock } = setup();
  const first = token.authorization;
  token.renew(first);
  const second = token.authorization;
  token.withdraw(second);
  expect(token.authorization).toBe(first);
  token.renew(first);
  expect(token.authorization).toBe(first);
  clock.now += 49 * minute;
  expect(token.authorization).toBe(first);
});

test('withdraws a token until it is nearly too old, when there is no older one', () => {
  const { token, clock } = setup();
  const first = token.authorization;
  clock.now += 45 * minute;
  token.withdraw(first);
  clock.now += 13 * minute;
  expect(token.authorization).toBe(first);
  clock.now += 1 * minute;
  expect(token.authorization).not.toBe(first);
});
