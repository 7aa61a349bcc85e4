import { createCipheriv, hash, randomBytes } from 'node:crypto';

/**
 * Keyed fingerprints of what hops are about (invariant 12). The key is random, made once and kept in Redis, where
 * all processes and `carillon trace` read it; without it a fingerprint neither names its secret nor lets a guess
 * be tested.
 *
 * Events and pushkeys: SHA-256 over the key, which has a fixed length, and the text. Only a few bits of the hash
 * leave the process, so it cannot be extended. Deliveries: AES-256 of the identity's first 96 bits, a whole chunk
 * in one call, since a hash for each would cost more than everything else about a hop.
 */
export interface Fingerprints {
  /** Names the key, so that a chunk written under another one is known as such. */
  readonly keyId: number;
  event(eventKey: string): EventPrint;
  /** 24 bits: tells apart the devices of one event. */
  pushkey(pushkey: string): number;
  /** `identities` is 16 bytes each; of each the first 5 bytes of the result are its fingerprint. */
  deliveries(identities: Buffer): Buffer;
}

export interface EventPrint {
  /** 48 bits. */
  readonly print: number;
  /** Kept at every sampling level up to this one: at level n, one event in 2ⁿ is. 0 to `maxLevel`. */
  readonly keptUpTo: number;
}

export const maxLevel = 16;
export const identityBytes = 16;
export const printBytes = { event: 6, pushkey: 3, delivery: 5 } as const;

export function newTraceKey(): string {
  return randomBytes(32).toString('base64url');
}

export function createFingerprints(key: string): Fingerprints {
  const cipher = createCipheriv('aes-256-ecb', hash('sha256', `${key}deliveries`, 'buffer'), null);
  cipher.setAutoPadding(false);
  let lastKey: string | undefined;
  let last: EventPrint = { print: 0, keptUpTo: 0 };

  return {
    keyId: hash('sha256', `${key}id`, 'buffer').readUInt32BE(),
    event(eventKey) {
      // A request with several devices asks once for each.
      if (eventKey !== lastKey) {
        // As text, because making a Buffer costs four times the hash.
        const digest = hash('sha256', `${key}e${eventKey}`, 'binary');
        last = { print: numberOf(digest, 0, printBytes.event), keptUpTo: zeroBits(numberOf(digest, 6, 2)) };
        lastKey = eventKey;
      }
      return last;
    },
    pushkey: (pushkey) => numberOf(hash('sha256', `${key}p${pushkey}`, 'binary'), 0, printBytes.pushkey),
    deliveries: (identities) => cipher.update(identities),
  };
}

function numberOf(digest: string, at: number, bytes: number): number {
  let number = 0;
  for (let index = at; index < at + bytes; index++) number = number * 256 + digest.charCodeAt(index);
  return number;
}

/** Zeros at the end of 16 bits. */
function zeroBits(bits: number): number {
  return bits === 0 ? maxLevel : 31 - Math.clz32(bits & -bits);
}
