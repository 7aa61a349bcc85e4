import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { authorityCure, expiryOf, SettingError } from '@carillon/core';
import type { ExpiringCredential } from '@carillon/core';

export interface Authorities {
  readonly secureContext: tls.SecureContext;
  readonly expiring: readonly ExpiringCredential[];
}

/**
 * Trusts the authorities of `ca_file` beside the usual ones. Throws a `SettingError` for a file that cannot be
 * read or holds no certificate: TLS itself would pass over it in silence.
 */
export function readAuthorities(path: string | undefined, now: number): Authorities | undefined {
  if (path === undefined) return undefined;
  const text = read(path);
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0 || !certificates.every(isCertificate))
    throw new SettingError('ca_file', `${path} does not hold certificates in PEM form`);
  return {
    secureContext: tls.createSecureContext({ ca: [...tls.getCACertificates(), ...certificates] }),
    expiring: expiryOf({ setting: 'ca_file', file: path, pem: text, cure: authorityCure }, now),
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new SettingError('ca_file', `${path}: ${why}`);
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
