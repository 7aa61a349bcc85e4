import { createCipheriv, hash, randomBytes } from 'node:crypto';

/**
 * Keyed fingerprints of what hops are about (invariant 12). The key is random, made once and kept in Redis, where
 * all processes and `carillon trace` read it; without it a fingerprint neither names its secret nor lets a guess
 * be tested.
 *
 * Events: SHA-256 over the key, which has a fixed length, and the text. Only a few bits of the hash leave the process,
 * so it cannot be extended. Rooms and senders likewise, where they are indexed. Deliveries and pushkeys: AES-256 of 16 characters, which are 96 bits of the identity and
 * about as many random ones of any provider's pushkey; a whole chunk in one call, since a hash for each would cost more
 * than everything else about a hop.
 */
export interface Fingerprints {
  /** Names the key, so that a chunk written under another one is known as such. */
  readonly keyId: number;
  event(eventKey: string): EventPrint;
  /** 40 bits: among a billion others, one in a thousand searches meets a namesake. */
  pushkey(pushkey: string): number;
  /** 48 bits. */
  named(as: TraceIndex, name: string): number;
  /** For blocks of 16 bytes; of each the first bytes of the result are its fingerprint. */
  blocks(of: 'deliveries' | 'pushkeys', blocks: Buffer): Buffer;
}

/** What hops can be found by besides their event and pushkey, where an operator wants it (`trace.index`). */
export const traceIndexes = ['room', 'sender'] as const;
export type TraceIndex = (typeof traceIndexes)[number];

export interface EventPrint {
  /** 48 bits. */
  readonly print: number;
  /** Kept at every sampling level up to this one: at level n, one event in 2ⁿ is. 0 to `maxLevel`. */
  readonly keptUpTo: number;
}

export const maxLevel = 16;
export const blockBytes = 16;
export const printBytes = { event: 6, index: 6, pushkey: 5, delivery: 5 } as const;

export function newHopKey(): string {
  return randomBytes(32).toString('base64url');
}

export function createFingerprints(key: string): Fingerprints {
  const cipherOf = (use: string) =>
    createCipheriv('aes-256-ecb', hash('sha256', `${key}${use}`, 'buffer'), null).setAutoPadding(false);
  const ciphers = { deliveries: cipherOf('deliveries'), pushkeys: cipherOf('pushkeys') };
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
    pushkey(pushkey) {
      const block = Buffer.alloc(blockBytes);
      writePushkey(pushkey, block, 0);
      return ciphers.pushkeys.update(block).readUIntBE(0, printBytes.pushkey);
    },
    named: (as, name) => numberOf(hash('sha256', `${key}${as} ${name}`, 'binary'), 0, printBytes.index),
    blocks: (of, blocks) => ciphers[of].update(blocks),
  };
}

/** The identity is a hash: any part of it does. */
export function writeDelivery(deliveryId: string, to: Buffer, at: number): void {
  const written = to.write(deliveryId, at, blockBytes, 'latin1');
  if (written < blockBytes) to.fill(0, at + written, at + blockBytes);
}

/** Its end: what pushkeys of one app have in common stands at the front. */
export function writePushkey(pushkey: string, to: Buffer, at: number): void {
  writeDelivery(pushkey.length > blockBytes ? pushkey.slice(-blockBytes) : pushkey, to, at);
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
