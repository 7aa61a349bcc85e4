import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { expiryOf } from './certificate-expiry.ts';

const dayMs = 86_400_000;

function certificate(days: number): { readonly pem: string; readonly expiresAt: number } {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null'];
  const pem = execFileSync(
    'openssl',
    ['req', '-config', '/dev/null', '-x509', ...key, '-subj', '/CN=bell', '-days', `${days}`],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  return { pem, expiresAt: Date.parse(new X509Certificate(pem).validTo) };
}

const file = { setting: 'ca_file', file: 'ca.pem', cure: 'renew it' };
const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';

function setup() {
  const [first, second, third] = [certificate(2), certificate(4), certificate(8)];
  const pem = [third.pem, first.pem, damaged, second.pem].join('\n');
  return {
    first,
    second,
    third,
    after: (days: number) => expiryOf({ ...file, pem }, Date.now() + days * dayMs),
  };
}

test('tells when the next of several certificates expires, passing over what has expired and what is none', () => {
  const { first, second, after } = setup();
  expect(after(0)).toEqual([{ ...file, expiresAt: first.expiresAt }]);
  expect(after(3)).toEqual([{ ...file, expiresAt: second.expiresAt }]);
});

test('tells when the last one expired if all have', () => {
  const { third, after } = setup();
  expect(after(9)).toEqual([{ ...file, expiresAt: third.expiresAt }]);
});

test('tells nothing of a file without certificates', () => {
  expect(expiryOf({ ...file, pem: 'no certificate' }, Date.now())).toEqual([]);
});
