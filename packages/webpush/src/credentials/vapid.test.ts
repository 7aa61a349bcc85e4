import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkVapid } from '../../../../test/fakes/webpush/vapid-check.ts';
import { vapidKeyFile } from '../provider.testing.ts';
import { createVapid, readVapidKey } from './vapid.ts';

const hour = 3_600_000;

function setup() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let now = 1_800_000_000_000;
  const vapid = createVapid({ privateKey, contact: 'mailto:ops@example.com', now: () => now });
  return {
    vapid,
    now: () => now,
    advance: (ms: number) => {
      now += ms;
    },
  };
}

test('signs credentials that a push service accepts, for half a day', () => {
  const { vapid, now } = setup();
  const checked = checkVapid(
    vapid.authorization('https://push.example.com'),
    'https://push.example.com',
    now(),
  );
  expect(checked).toMatchObject({
    ok: true,
    vapid: {
      key: vapid.publicKey,
      claims: { exp: now() / 1000 + 43_200, sub: 'mailto:ops@example.com' },
    },
  });
});

test('signs once for each origin, and again after six hours', () => {
  const { vapid, advance } = setup();
  const first = vapid.authorization('https://a.example');
  advance(5 * hour);
  expect(vapid.authorization('https://a.example')).toBe(first);
  expect(vapid.authorization('https://b.example')).not.toBe(first);
  advance(hour);
  expect(vapid.authorization('https://a.example')).not.toBe(first);
});

test('signs again after the clock was set back, so that no token holds for more than a day', () => {
  const { vapid, now, advance } = setup();
  vapid.authorization('https://a.example');
  advance(-24 * hour);
  expect(checkVapid(vapid.authorization('https://a.example'), 'https://a.example', now()).ok).toBe(true);
});

test('forgets the origin signed for longest ago when there are a thousand', () => {
  const { vapid } = setup();
  const first = vapid.authorization('https://first.example');
  for (let index = 0; index < 999; index += 1) vapid.authorization(`https://${index}.example`);
  expect(vapid.authorization('https://first.example')).toBe(first);
  vapid.authorization('https://last.example');
  // ES256 signatures are random: a token that was made anew is another.
  expect(vapid.authorization('https://first.example')).not.toBe(first);
});

test('reads the 32 bytes of a key in base64 of either alphabet, with or without padding', () => {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-vapid-'));
  using _directory = { [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
  const path = join(directory, 'vapid.key');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { d = '' } = privateKey.export({ format: 'jwk' });
  const padded = Buffer.from(d, 'base64url').toString('base64');
  for (const text of [d, `${d}\n`, padded, ` ${padded}\r\n`]) {
    writeFileSync(path, text);
    expect(readVapidKey(path).equals(privateKey)).toBe(true);
  }
});

test('tells the public half of a key from a private key, and advises no new one first', () => {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-vapid-'));
  using _directory = { [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
  const path = join(directory, 'vapid.key');
  writeFileSync(path, setup().vapid.publicKey);
  expect(() => readVapidKey(path)).toThrow('has the public half of the key');
  writeFileSync(path, 'A'.repeat(43)); // zero is no key
  expect(() => readVapidKey(path)).toThrow(/no private key .* the key that they subscribed with/);
});

test('says what is wrong with a key file without showing it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-vapid-'));
  using _directory = { [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
  const noKey = join(directory, 'none.pem');
  writeFileSync(noKey, 'c2VjcmV0');
  using otherCurve = vapidKeyFile('P-384');
  const said = [noKey, otherCurve.path, join(directory, 'missing.pem'), directory].map((path) => {
    try {
      return readVapidKey(path);
    } catch (error) {
      return error;
    }
  });
  expect(said).toMatchObject([
    {
      key: 'vapid_private_key',
      message: expect.stringContaining('no private key in PEM or base64url') as string,
    },
    { key: 'vapid_private_key', message: expect.stringContaining('P-256') as string },
    { key: 'vapid_private_key', message: expect.stringContaining('does not exist') as string },
    { key: 'vapid_private_key', message: expect.stringContaining('is a directory') as string },
  ]);
  expect(String(said[0])).not.toContain('c2VjcmV0');
});
