import { X509Certificate } from 'node:crypto';
import type { ExpiringCredential } from '@carillon/core';

export interface CertificateFile extends Omit<ExpiringCredential, 'expiresAt'> {
  /** What stands in the file. */
  readonly pem: string;
}

const certificateForm = /-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g;

/** What to do about an authority that expires. */
export const authorityCure =
  'put the successor beside it in the file; the file is read again when it changes';

/**
 * When the next certificate of a file expires; nothing where the file holds none. One that has expired already counts
 * only if all have: an authority's old certificate often stays beside its successor.
 */
export function expiryOf({ pem, ...file }: CertificateFile, now: number): readonly ExpiringCredential[] {
  const expiries = certificatesIn(pem).flatMap(expiry);
  if (expiries.length === 0) return [];
  const toCome = expiries.filter((at) => at > now);
  return [{ ...file, expiresAt: toCome.length > 0 ? Math.min(...toCome) : Math.max(...expiries) }];
}

/** The certificates of a PEM text, whatever else stands in it. */
export function certificatesIn(pem: string): readonly string[] {
  return pem.match(certificateForm) ?? [];
}

/** What else stands in a PEM text. */
export function withoutCertificates(pem: string): string {
  return pem.replaceAll(certificateForm, '');
}

/** TLS passes over what is no certificate; who must not has looked before. */
function expiry(pem: string): readonly number[] {
  try {
    return [new X509Certificate(pem).validToDate.getTime()];
  } catch {
    return [];
  }
}
