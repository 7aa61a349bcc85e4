import type { Notified } from '../world/people.ts';

/** What the tour has shown so far, for its summary. Figures only: what must not happen ends the demo at once. */
export interface Tally {
  /** Every message whose notify was answered 200 and whose phone has the app. */
  readonly messages: Notified[];
  /** From the POST to the ring, of messages that no crash held up. */
  readonly ringMs: number[];
  suppressed: number;
  rejected: number;
  /** Deliveries that went out again after the crash. */
  redelivered: number;
  /** Messages that rang twice because of it, with one identity. */
  replaced: number;
}

export function createTally(): Tally {
  return { messages: [], ringMs: [], suppressed: 0, rejected: 0, redelivered: 0, replaced: 0 };
}

/** The value that `share` of all values do not exceed; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? 0;
}
