import { SettingError } from '@carillon/core';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { appleCertificate } from '../../../../test/fakes/apns/server.ts';
import { createCertificateAuthority } from '../../../../test/fakes/certificates.ts';
import { apnsShape } from '../config.ts';
import { readCredentials } from './credentials.ts';

const shape = z.strictObject(apnsShape);
const topic = 'com.example.app';

function setup() {
  const authority = createCertificateAuthority();
  onTestFinished(() => authority[Symbol.dispose]());
  const file = (content: string): string => {
    const path = join(authority.directory, 'credentials.pem');
    writeFileSync(path, content);
    return path;
  };
  const withKey = (keyfile: string) => ({ keyfile, key_id: 'ABC123DEFG', team_id: 'DEF123GHIJ', topic });
  return { authority, file, withKey };
}

function pem(type: 'P-256' | 'P-384' | 'rsa', password?: string): string {
  const { privateKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: type });
  const lock = password === undefined ? {} : { cipher: 'aes-256-cbc', passphrase: password };
  return privateKey.export({ type: 'pkcs8', format: 'pem', ...lock }).toString();
}

/** The error that settings make, as `key: message`. */
function problem(settings: object, now = Date.now()): string {
  try {
    readCredentials(shape.parse(settings), now);
  } catch (error) {
    if (error instanceof SettingError) return `${error.key}: ${error.message}`;
    throw error;
  }
  return 'none';
}

test('reads a signing key', () => {
  const { file, withKey } = setup();
  expect(readCredentials(shape.parse(withKey(file(pem('P-256')))), Date.now())).toMatchObject({
    kind: 'token',
    keyId: 'ABC123DEFG',
    teamId: 'DEF123GHIJ',
    topic,
  });
});

test.each([
  ['of another curve', () => pem('P-384'), /not of the curve P-256/],
  ['of RSA', () => pem('rsa'), /not of the curve P-256/],
  ['locked by a password', () => pem('P-256', 'bell'), /locked by a password/],
  ['that is none', () => 'ding', /no private key in PEM form/],
  ['that is empty', () => '', /no private key in PEM form/],
])('refuses a signing key %s, with the key to blame and a cure', (_name, content, expected) => {
  const { file, withKey } = setup();
  const told = problem(withKey(file(content())));
  expect(told).toMatch(/^keyfile: .*: give the \.p8 file/);
  expect(told).toMatch(expected);
  expect(told).not.toContain('BEGIN');
});

test('says why a file cannot be read', () => {
  const { authority, withKey } = setup();
  expect(problem(withKey(join(authority.directory, 'missing.p8')))).toMatch(
    /^keyfile: .*missing\.p8 does not exist/,
  );
  expect(problem(withKey(authority.directory))).toMatch(/^keyfile: .* is a directory: give the \.p8 file/);
  expect(problem({ certfile: join(authority.directory, 'missing.pem') })).toMatch(
    /^certfile: .* does not exist/,
  );
});

test('reads a certificate, and the topic from it', () => {
  const { authority, file } = setup();
  const { certificate, key } = authority.issue(appleCertificate(topic));
  const certfile = file(certificate + key);
  expect(readCredentials(shape.parse({ certfile }), Date.now())).toMatchObject({
    kind: 'certificate',
    topic,
  });
  const other = readCredentials(shape.parse({ certfile, topic: 'com.example.other' }), Date.now());
  expect(other.topic).toBe('com.example.other');
});

test('tells when the certificate and the authorities expire, and that signing keys do not', () => {
  const { authority, file, withKey } = setup();
  const { certificate, key } = authority.issue(appleCertificate(topic));
  const { expiring } = readCredentials(
    shape.parse({ certfile: file(certificate + key), ca_file: authority.file }),
    Date.now(),
  );
  expect(expiring).toMatchObject([
    { setting: 'certfile', expiresAt: Date.parse(new X509Certificate(certificate).validTo) },
    { setting: 'ca_file', expiresAt: Date.parse(new X509Certificate(authority.certificate).validTo) },
  ]);
  expect(readCredentials(shape.parse(withKey(file(pem('P-256')))), Date.now()).expiring).toEqual([]);
});

test('takes a certificate that has expired, since no other app is to suffer for it, and says when it did', () => {
  const { authority, file } = setup();
  const { certificate, key } = authority.issue(appleCertificate(topic));
  const later = Date.now() + 3 * 86_400_000;
  const [first] = readCredentials(shape.parse({ certfile: file(certificate + key) }), later).expiring;
  expect(first).toMatchObject({ setting: 'certfile' });
  expect(first?.expiresAt).toBeLessThan(later);
});

test('refuses a certificate without its key, with that of another, or with a locked one', () => {
  const { authority, file } = setup();
  const { certificate } = authority.issue(appleCertificate(topic));
  expect(problem({ certfile: file(certificate) })).toMatch(/^certfile: .* no private key/);
  expect(problem({ certfile: file(certificate + pem('rsa')) })).toMatch(
    /^certfile: .* not that of its certificate/,
  );
  expect(problem({ certfile: file(certificate + pem('rsa', 'bell')) })).toMatch(
    /^certfile: .* locked by a password/,
  );
  expect(problem({ certfile: file(pem('rsa')) })).toMatch(/^certfile: .* no certificate in PEM form/);
});

test('refuses a certificate of the other environment, or of none, but for a stand-in', () => {
  const { authority, file } = setup();
  const sandboxOnly = authority.issue({
    ...appleCertificate(topic),
    extensions: ['1.2.840.113635.100.6.3.1=DER:0500'],
  });
  const certfile = file(sandboxOnly.certificate + sandboxOnly.key);
  expect(problem({ certfile })).toMatch(
    /^certfile: .* no APNs certificate for production: it is for sandbox: set `platform: sandbox`/,
  );
  expect(problem({ certfile, platform: 'sandbox' })).toBe('none');
  expect(problem({ certfile, endpoint: 'https://127.0.0.1:2197' })).toBe('none');
});

test('asks for a topic that the certificate does not name', () => {
  const { authority, file } = setup();
  const { certificate, key } = authority.issue({ hosts: [] });
  const settings = { certfile: file(certificate + key), endpoint: 'https://127.0.0.1:2197' };
  expect(problem(settings)).toMatch(/^topic: /);
  expect(problem({ ...settings, topic })).toBe('none');
});

test('refuses a ca_file without certificates', () => {
  const { authority, file, withKey } = setup();
  const key = join(authority.directory, 'AuthKey.p8');
  writeFileSync(key, pem('P-256'));
  expect(problem({ ...withKey(key), ca_file: file('ding') })).toMatch(
    /^ca_file: .* does not hold certificates in PEM form/,
  );
  expect(problem({ ...withKey(key), ca_file: authority.file })).toBe('none');
});

test.each([
  ['the bundle ID of its subject', { topic }, false],
  ['that with the suffix of its push type', { topic: `${topic}.voip`, push_type: 'voip' }, false],
  ['the bundle ID, to which the suffix is added', { topic, push_type: 'voip' }, false],
  ['the bundle ID of another app', { topic: 'com.example.other' }, true],
  ['the beginning of its bundle ID', { topic: 'com.example' }, true],
  ['more than its bundle ID', { topic: `${topic}.staging` }, true],
])('a certificate and %s', (_, settings, doubtful) => {
  const { authority, file } = setup();
  const { certificate, key } = authority.issue(appleCertificate(topic));
  const credentials = readCredentials(
    shape.parse({ certfile: file(certificate + key), ...settings }),
    Date.now(),
  );
  expect('doubt' in credentials).toBe(doubtful);
});
