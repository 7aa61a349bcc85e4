/**
 * Which deliveries the admission script counts against the limit of their registration (lua/admit.lua). Nearly all phones ring
 * a few times a minute; those are counted here alone, so that they cost Redis nothing. What this process sees of a
 * registration beyond that is counted for all processes together.
 *
 * Counters are shared by registrations whose hashes begin alike: they take the same memory however many there are.
 */
export interface RingLimit {
  /** The counter of the registration of this key, or undefined as long as it need not be counted. */
  counterOf(registration: string): number | undefined;
}

/** A share of the limit that is not counted: with several ingresses a registration has that much more. */
const freeShare = 1 / 8;

export function createRingLimit(perMinute: number, now: () => number = Date.now): RingLimit {
  const free = Math.floor(perMinute * freeShare);
  const seen = new Uint8Array(2 ** 16);
  let minute = 0;
  return {
    counterOf(registration) {
      const present = Math.floor(now() / 60_000);
      if (present !== minute) seen.fill(0);
      minute = present;
      const counter = ringCounter(registration);
      const count = seen[counter] ?? 0;
      if (count >= free) return counter;
      seen[counter] = count + 1;
      return undefined;
    },
  };
}

/** From 0 to 65,535. */
export function ringCounter(registration: string): number {
  return Buffer.from(registration.slice(0, 4), 'base64url').readUInt16BE();
}
