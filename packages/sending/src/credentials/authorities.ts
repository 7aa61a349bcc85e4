import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { SettingError } from '@carillon/core';
import type { ExpiringCredential } from '@carillon/core';
import { authorityCure, certificatesIn, expiryOf, withoutCertificates } from './certificate-expiry.ts';
import { readCredentialFile } from './credential-file.ts';

/** Whom the sender of one app trusts. */
export interface Authorities {
  /** For `createSecureContext`; undefined: the usual ones. */
  readonly ca?: string[];
  readonly expiring: readonly ExpiringCredential[];
}

const cure = 'give a PEM file of certificates to trust beside the usual ones, or leave `ca_file` out';

/**
 * Trusts the authorities of `ca_file` beside the usual ones, so that the same file serves a provider behind a proxy
 * that looks into TLS and one that is reached past it. Throws a `SettingError` for a file that cannot be read or holds
 * anything but certificates: TLS itself would pass over it in silence.
 */
export function readAuthorities(file: string | undefined, now: number): Authorities {
  if (file === undefined) return { expiring: [] };
  const pem = readCredentialFile('ca_file', file, cure);
  const certificates = certificatesIn(pem);
  if (certificates.length === 0 || !certificates.every(isCertificate))
    throw new SettingError('ca_file', `${file} does not hold certificates in PEM form: ${cure}`);
  const others = withoutCertificates(pem);
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(others))
    throw new SettingError('ca_file', `${file} holds a private key beside its certificates: take it out`);
  if (others.includes('-----BEGIN '))
    throw new SettingError('ca_file', `${file} holds something that is no certificate: ${cure}`);
  return {
    ca: [...tls.getCACertificates(), ...certificates],
    expiring: expiryOf({ setting: 'ca_file', file, pem, cure: authorityCure }, now),
  };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
