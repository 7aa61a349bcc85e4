import { sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface SigningIdentity {
  readonly key: KeyObject;
  readonly keyId: string;
  readonly teamId: string;
}

/** APNs takes a token for an hour. */
const renewAfterMs = 50 * 60_000;
const tooOldMs = 59 * 60_000;
/** APNs takes a new token every 20 minutes on a connection, and on an IP address by some reports. */
const restMs = 20 * 60_000;

/**
 * The provider token of one key, for all its sends. Signed when first needed and again ten minutes before it gets
 * too old; signing takes some 40 µs and does not wait for anything, so nobody ever signs a second one meanwhile.
 *
 * Source: Apple, "Establishing a token-based connection to APNs".
 */
export class ProviderToken {
  readonly #identity: SigningIdentity;
  readonly #now: () => number;
  #current: Signed | undefined;
  #previous: Signed | undefined;
  #restUntil = 0;

  constructor(identity: SigningIdentity, now: () => number) {
    this.#identity = identity;
    this.#now = now;
  }

  /** The value of `authorization`. */
  get authorization(): string {
    const now = this.#now();
    const limit = now < this.#restUntil ? tooOldMs : renewAfterMs;
    return (isGood(this.#current, now, limit) ? this.#current : this.#sign(now)).authorization;
  }

  /**
   * APNs called a token too old. Signs another one if it was the current one, and at most once in 20 minutes: if
   * APNs does not take that either, the clock is wrong and more tokens only make it angry.
   */
  renew(rejected: string): void {
    const now = this.#now();
    if (rejected !== this.#current?.authorization || now < this.#restUntil) return;
    this.#sign(now);
    this.#restUntil = now + restMs;
  }

  /** APNs saw too many tokens: goes back to the one before, if that is still good, and rests. */
  withdraw(rejected: string): void {
    const now = this.#now();
    if (rejected !== this.#current?.authorization) return;
    if (isGood(this.#previous, now, renewAfterMs)) {
      this.#current = this.#previous;
      this.#previous = undefined;
    }
    this.#restUntil = now + restMs;
  }

  #sign(now: number): Signed {
    this.#previous = this.#current;
    const { key, keyId, teamId } = this.#identity;
    const signed = `${part({ alg: 'ES256', kid: keyId })}.${part({ iss: teamId, iat: Math.floor(now / 1000) })}`;
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
    this.#current = { authorization: `bearer ${signed}.${signature.toString('base64url')}`, signedAt: now };
    return this.#current;
  }
}

interface Signed {
  readonly authorization: string;
  /** Milliseconds since 1970. */
  readonly signedAt: number;
}

/** Not of the future either, which it is when the clock was set back: APNs does not take that. */
function isGood(token: Signed | undefined, now: number, maxAgeMs: number): token is Signed {
  return token !== undefined && now - token.signedAt < maxAgeMs && token.signedAt - now < restMs;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
