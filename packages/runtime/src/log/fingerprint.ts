import { createHmac, randomBytes } from 'node:crypto';

/** Names a secret without showing it: the only form in which one may be logged (invariant 12). */
export type Fingerprint = (secret: string) => string;

/**
 * 12 characters (72 bits) of HMAC-SHA-256. Keyed, because pushkeys of a known form could otherwise be found by
 * trying. Processes that share `key` give a secret the same name; by default each process has its own.
 */
export function createFingerprint(key: Buffer = randomBytes(32)): Fingerprint {
  return (secret) => createHmac('sha256', key).update(secret).digest('base64url').slice(0, 12);
}
