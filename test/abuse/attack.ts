import type { Stretch } from './real-traffic.ts';
import type { Site } from './site.ts';

/** What a stranger does beside real traffic. One file each in `attacks/`; the bar for all is in `measure.ts`. */
export interface Attack {
  /** Such as `slow-bodies`. */
  readonly name: string;
  /** One clause, for the table: what the stranger does. */
  readonly does: string;
  /** Runs until the signal aborts. Counts the bytes that it sends with `site.sent`. */
  run(site: Site, signal: AbortSignal): Promise<void>;
  /** What is wrong beyond the bar for all attacks; empty for nothing. Called when the attack is over and the site is still up. */
  misses?(measured: Measured, site: Site): Promise<readonly string[]> | readonly string[];
}

export interface Measured {
  readonly quiet: Stretch;
  readonly during: Stretch;
  /** From the end of the attack on. */
  readonly after: Stretch;
  /** The most that the ingress took, in bytes. */
  readonly ingressBytes: number;
  /** What strangers sent, in bodies, and how much more Redis held at the end of the attack. */
  readonly sentBytes: number;
  readonly redisBytes: number;
}
