import { readFileSync, writeFileSync } from 'node:fs';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { createCertificateAuthority } from '../../../../test/fakes/certificates.ts';
import { readAuthorities } from './authorities.ts';

test('trusts the usual authorities and those of the file', () => {
  const authority = createCertificateAuthority();
  onTestFinished(() => authority[Symbol.dispose]());
  const { ca, expiring } = readAuthorities(authority.file, Date.now());
  expect(ca?.slice(0, -1)).toEqual(tls.getCACertificates());
  expect(ca?.at(-1)).toBe(readFileSync(authority.file, 'utf8').trim());
  expect(expiring).toMatchObject([{ setting: 'ca_file', file: authority.file }]);
});

test.each([
  ['a private key', pemOf('PRIVATE KEY'), 'holds a private key beside its certificates: take it out'],
  ['a private key of an older form', pemOf('EC PRIVATE KEY'), 'holds a private key beside'],
  ['a request', pemOf('CERTIFICATE REQUEST'), 'holds something that is no certificate: give a PEM file'],
  ['half a certificate', '-----BEGIN CERTIFICATE-----\nMIIB', /no certificate|not hold certificates/],
  ['a certificate that is none', pemOf('CERTIFICATE'), 'does not hold certificates in PEM form'],
])('refuses %s beside a certificate', (_name, more, problem) => {
  const authority = createCertificateAuthority();
  onTestFinished(() => authority[Symbol.dispose]());
  for (const text of [`${authority.certificate}\n${more}\n`, `${more}\n${authority.certificate}\n`]) {
    writeFileSync(authority.file, text);
    expect(() => readAuthorities(authority.file, Date.now())).toThrow(problem);
  }
});

test('takes what people and openssl write between certificates', () => {
  const authority = createCertificateAuthority();
  onTestFinished(() => authority[Symbol.dispose]());
  writeFileSync(authority.file, `# ours\nsubject=CN = test\n${authority.certificate}\n`);
  expect(readAuthorities(authority.file, Date.now()).ca).toHaveLength(tls.getCACertificates().length + 1);
});

function pemOf(label: string): string {
  return `-----BEGIN ${label}-----\nMIIBUjCB+aADAgECAgEBMAoGCCqGSM49BAMCMA0xCzAJBgNVBAMMAmNh\n-----END ${label}-----`;
}

test('leaves the usual ones to Node where there is no file', () => {
  expect(readAuthorities(undefined, Date.now())).toEqual({ expiring: [] });
});
