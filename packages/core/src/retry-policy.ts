/**
 * When a delivery whose outcome is `later` is tried again: a pure function of outcome, tries and chance.
 *
 * A provider's `Retry-After` is honoured to the second. Otherwise waits double from the first to the cap, with
 * full jitter over the upper half, so that a crowd that failed together does not return together:
 *
 *   backoff      first  …                          cap     source
 *   connection    1 s   2 s   4 s   8 s   16 s     60 s    a dropped connection costs nobody anything
 *   throttled    60 s   2 min 4 min                10 min  FCM: "default 60 s" for 429
 *   outage       10 s  20 s  40 s  80 s  160 s     15 min  FCM: never sooner than 10 s; APNs: 5xx up to 15 min, 429 for one device
 *
 * Nothing limits the number of tries but the delivery's expiry (invariant 9).
 */
export type Backoff = 'connection' | 'throttled' | 'outage';

const waits: Readonly<Record<Backoff, { readonly firstMs: number; readonly capMs: number }>> = {
  connection: { firstMs: 1_000, capMs: 60_000 },
  throttled: { firstMs: 60_000, capMs: 600_000 },
  outage: { firstMs: 10_000, capMs: 900_000 },
};

export interface RetryInput {
  readonly backoff: Backoff;
  /** Milliseconds since 1970, from `Retry-After`. */
  readonly notBefore?: number;
  /** Tries spent so far, this one included: 1 after the first failure. */
  readonly tries: number;
  readonly now: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** 0 ≤ random < 1. */
  readonly random: number;
}

export type RetryDecision =
  | { readonly kind: 'retry'; /** Milliseconds since 1970. */ readonly at: number }
  /** The next sensible time lies beyond the delivery's expiry. */
  | { readonly kind: 'expired' };

export function decideRetry(input: RetryInput): RetryDecision {
  const at =
    input.notBefore === undefined ? input.now + backoffMs(input) : Math.max(input.notBefore, input.now);
  return at >= input.expiresAt ? { kind: 'expired' } : { kind: 'retry', at };
}

function backoffMs({ backoff, tries, random }: RetryInput): number {
  const { firstMs, capMs } = waits[backoff];
  const ceiling = Math.min(capMs, firstMs * 2 ** Math.min(Math.max(tries, 1), 20));
  // Half to whole: `firstMs` is a floor that Google asks for, so the jitter must not undercut it.
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
