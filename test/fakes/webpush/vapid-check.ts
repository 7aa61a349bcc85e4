import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** What the `Authorization` header of an application server proves (RFC 8292). */
export interface Vapid {
  readonly token: string;
  /** The public key, 65 bytes, base64url. */
  readonly key: string;
  readonly claims: { readonly aud: string; readonly exp: number; readonly sub: string };
}

export type VapidCheck =
  { readonly ok: true; readonly vapid: Vapid } | { readonly ok: false; readonly problem: string };

const daySeconds = 86_400;
const contact = /^(?:mailto:[^\s<>@]+@[^\s<>@]+|https:\/\/[^\s<>]+)$/;

/** Checks the header of one request. `origin` is that of the push service, `now` in milliseconds since 1970. */
export function checkVapid(header: string, origin: string, now: number): VapidCheck {
  const [, parameters] = /^vapid (.*)$/.exec(header) ?? [];
  if (parameters === undefined) return wrong('scheme is not vapid');
  const [, token] =
    /(?:^|,)\s*t=([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)(?:,|$)/.exec(parameters) ?? [];
  const [, key] = /(?:^|,)\s*k=([A-Za-z0-9_-]+)(?:,|$)/.exec(parameters) ?? [];
  if (token === undefined) return wrong('t is missing');
  if (key === undefined) return wrong('k is missing');
  const publicKey = readKey(key);
  if (publicKey === undefined) return wrong('k is not a P-256 point');

  const [head = '', body = '', signature = ''] = token.split('.');
  if (readPart(head)?.['alg'] !== 'ES256') return wrong('alg is not ES256');
  const claims = readPart(body);
  if (claims === undefined) return wrong('claims are not JSON');
  const signed = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  if (!verify('sha256', Buffer.from(`${head}.${body}`), signed, Buffer.from(signature, 'base64url')))
    return wrong('signature is not of k');

  const { aud, exp, sub } = claims;
  if (aud !== origin) return wrong(`aud is not ${origin}`);
  if (typeof exp !== 'number') return wrong('exp is missing');
  const left = exp - now / 1000;
  if (left <= 0) return wrong('exp is over');
  if (left > daySeconds) return wrong('exp is more than a day ahead');
  if (typeof sub !== 'string' || !contact.test(sub)) return wrong('sub is neither mailto: nor https:');
  return { ok: true, vapid: { token, key, claims: { aud: origin, exp, sub } } };
}

function wrong(problem: string): VapidCheck {
  return { ok: false, problem };
}

function readKey(text: string): KeyObject | undefined {
  const point = Buffer.from(text, 'base64url');
  if (point.length !== 65 || point[0] !== 4) return undefined;
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function readPart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof json === 'object' && json !== null ? { ...json } : undefined;
  } catch {
    return undefined;
  }
}
