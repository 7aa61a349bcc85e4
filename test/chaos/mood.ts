import type { Random } from './random.ts';

/** How a stand-in provider treats requests; shares of all requests, from 0 to 1. Plain JSON. */
export interface Mood {
  /** Answered 503. */
  readonly unavailable?: number;
  /** Answered 429. */
  readonly throttled?: number;
  /** `Retry-After` of both, seconds; default: none. */
  readonly retryAfter?: number;
  /** Reset before the message is taken. */
  readonly reset?: number;
  /** Taken, so that the phone rings, and reset before the answer: what makes twins. */
  readonly lost?: number;
  /** Never answered. */
  readonly hang?: number;
  /** Milliseconds between GOAWAYs on every connection; default: none. */
  readonly goawayEveryMs?: number;
  /**
   * `open` lets connections through; `refuse` resets those there are and every new one; `dark` says nothing any more, as
   * a firewall that forgot the connections.
   */
  readonly gate?: 'open' | 'refuse' | 'dark';
}

export const moods = {
  well: {},
  errors: { unavailable: 0.2, reset: 0.025, lost: 0.025, hang: 0.005, goawayEveryMs: 1_000 },
  throttle: { throttled: 0.3, retryAfter: 2 },
  outage: { unavailable: 1 },
  cuts: { reset: 0.05, lost: 0.05, goawayEveryMs: 700 },
  down: { gate: 'refuse' },
  dark: { gate: 'dark' },
} as const satisfies Readonly<Record<string, Mood>>;

export type Fate = 'taken' | 'unavailable' | 'throttled' | 'reset' | 'lost' | 'hang';

export function fateOf(mood: Mood, random: Random): Fate {
  const fates = ['unavailable', 'throttled', 'reset', 'lost', 'hang'] as const;
  let left = random();
  for (const fate of fates) {
    left -= mood[fate] ?? 0;
    if (left < 0) return fate;
  }
  return 'taken';
}
