import { createECDH, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SettingError } from '@carillon/core';
import { readCredentialFile } from '@carillon/sending';

/** Signs as one application server towards any number of push services (RFC 8292). */
export interface Vapid {
  /** The `Authorization` header for an origin, made anew at most every six hours. */
  authorization(origin: string): string;
  /** What browsers subscribe with, base64url. */
  readonly publicKey: string;
}

const second = 1_000;
/** Services refuse more than a day (RFC 8292, section 2). */
const lifetimeMs = 12 * 3_600 * second;
/** Apple asks for no more than one new token an hour. */
const renewAfterMs = 6 * 3_600 * second;
/** Bounds what clients can make us remember (invariant 13); origins in use stay. */
const maxOrigins = 1_000;

export interface VapidOptions {
  readonly privateKey: KeyObject;
  /** `mailto:` or `https:` URI. */
  readonly contact: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function createVapid({ privateKey, contact, now }: VapidOptions): Vapid {
  const publicKey = publicPoint(privateKey).toString('base64url');
  const head = Buffer.from('{"typ":"JWT","alg":"ES256"}').toString('base64url');
  const signed = new Map<string, { readonly header: string; readonly at: number }>();

  function make(origin: string, at: number): string {
    const claims = { aud: origin, exp: Math.floor((at + lifetimeMs) / second), sub: contact };
    const unsigned = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    const signature = sign('sha256', Buffer.from(unsigned), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `vapid t=${unsigned}.${signature.toString('base64url')}, k=${publicKey}`;
  }

  return {
    publicKey,
    authorization(origin) {
      const at = now();
      const last = signed.get(origin);
      // A clock that was set back would leave tokens that hold for more than a day.
      if (last !== undefined && Math.abs(at - last.at) < renewAfterMs) return last.header;
      const header = make(origin, at);
      signed.delete(origin);
      const [oldest] = signed.keys();
      if (oldest !== undefined && signed.size >= maxOrigins) signed.delete(oldest);
      signed.set(origin, { header, at });
      return header;
    },
  };
}

/** A new key ends every subscription, so it is the last thing to advise. */
const cure =
  'if browsers have subscribed already, write the key that they subscribed with into it, else make one with `openssl ecparam -name prime256v1 -genkey -noout -out FILE`';

/** Reads the key file; a `SettingError` says what is wrong with it, never what stands in it. */
export function readVapidKey(path: string): KeyObject {
  const text = readCredentialFile('vapid_private_key', path, cure);
  const key = keyOf(text);
  if (key === undefined) throw wrongKey(`${path} ${problemOf(text)}`);
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw wrongKey(`${path} is no key of the curve P-256 (prime256v1), the only one that Web Push has`);
  return key;
}

/** PEM, or the 32 bytes of the key in base64url, as `web-push generate-vapid-keys` and its kin print them. */
function keyOf(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(bare.test(text) ? fromScalar(Buffer.from(text, 'base64')) : text);
  } catch {
    return undefined;
  }
}

const bare = /^\s*[A-Za-z0-9_+/-]{43}=?\s*$/;

/** Throws for what is no private key of P-256. */
function fromScalar(scalar: Buffer) {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(scalar);
  const point = ecdh.getPublicKey();
  const x = point.toString('base64url', 1, 33);
  const y = point.toString('base64url', 33);
  return { format: 'jwk', key: { kty: 'EC', crv: 'P-256', d: scalar.toString('base64url'), x, y } } as const;
}

function problemOf(text: string): string {
  if (/^\s*[A-Za-z0-9_+/-]{87}=?\s*$/.test(text))
    return 'has the public half of the key: write the private one into it, which has 43 characters';
  return `is no private key in PEM or base64url; ${cure}`;
}

function wrongKey(message: string): SettingError {
  return new SettingError('vapid_private_key', message);
}

function publicPoint(privateKey: KeyObject): Buffer {
  const { x = '', y = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}
