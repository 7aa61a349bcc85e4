import { readFileSync } from 'node:fs';
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

test('leaves the usual ones to Node where there is no file', () => {
  expect(readAuthorities(undefined, Date.now())).toEqual({ expiring: [] });
});
