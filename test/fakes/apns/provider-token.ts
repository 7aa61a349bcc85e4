import { generateKeyPairSync, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';

/** A provider signing key as Apple hands it out. */
export interface SigningKey {
  /** Path of the `.p8` file. */
  readonly keyfile: string;
  readonly keyId: string;
  readonly teamId: string;
  readonly publicKey: KeyObject;
}

export function createSigningKey(keyfile: string, keyId: string, teamId: string): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(keyfile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return { keyfile, keyId, teamId, publicKey };
}

export type TokenVerdict =
  | { readonly ok: true; readonly keyId: string; readonly teamId: string; readonly issuedAt: number }
  | { readonly ok: false; readonly reason: string };

const oneHour = 3_600;

/**
 * Checks provider tokens as Apple's "Establishing a token-based connection to APNs" describes them: ES256, a key
 * that is known, its team, and an `iat` of at most one hour ago. Signatures are checked once a token.
 */
export function createTokenCheck(keys: readonly SigningKey[], now: () => number) {
  const verdicts = new Map<string, TokenVerdict>();

  return (authorization: string | undefined): TokenVerdict => {
    if (authorization === undefined) return { ok: false, reason: 'MissingProviderToken' };
    let verdict = verdicts.get(authorization);
    if (verdict === undefined) {
      verdict = verifyToken(authorization, keys);
      if (verdicts.size < 1_000) verdicts.set(authorization, verdict);
    }
    if (!verdict.ok) return verdict;
    const age = Math.floor(now() / 1000) - verdict.issuedAt;
    if (age > oneHour) return { ok: false, reason: 'ExpiredProviderToken' };
    return age < -oneHour ? { ok: false, reason: 'InvalidProviderToken' } : verdict;
  };
}

function verifyToken(authorization: string, keys: readonly SigningKey[]): TokenVerdict {
  const invalid: TokenVerdict = { ok: false, reason: 'InvalidProviderToken' };
  const [, header, claims, signature] = /^bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization) ?? [];
  if (header === undefined || claims === undefined || signature === undefined) return invalid;
  const { alg, kid } = readPart(header);
  const { iss, iat, ...others } = readPart(claims);
  const key = keys.find(({ keyId }) => keyId === kid);
  if (alg !== 'ES256' || key === undefined || iss !== key.teamId) return invalid;
  if (!Number.isInteger(iat) || Object.keys(others).length > 0) return invalid;
  const good = verify(
    'sha256',
    Buffer.from(`${header}.${claims}`),
    { key: key.publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  return good ? { ok: true, keyId: key.keyId, teamId: key.teamId, issuedAt: Number(iat) } : invalid;
}

function readPart(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
