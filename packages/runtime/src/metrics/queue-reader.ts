import type { Lane } from '@carillon/core';

/** One lane of an app at one moment, over all shards. */
export interface QueueReading {
  readonly app: string;
  readonly lane: Lane;
  readonly waiting: number;
  readonly delayed: number;
  /** Milliseconds since 1970 when the oldest waiting delivery was accepted; absent if there is none. */
  readonly oldestAt?: number;
  /** Those that the provider has put off, and that have no outcome yet. */
  readonly later?: { readonly known: number; readonly oldestAt: number; readonly reason: string };
  /** Worker processes that take from it. */
  readonly workers: number;
  /** Kept for an operator; absent where nobody counted them. */
  readonly deadLetters?: number;
}

export type QueueSource = () => Promise<readonly QueueReading[]>;
