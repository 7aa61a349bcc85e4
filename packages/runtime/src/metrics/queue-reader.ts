import type { Lane } from '@carillon/core';

/** One app's line at one moment, over all its shards. */
export interface QueueReading {
  readonly app: string;
  readonly lane: Lane;
  readonly waiting: number;
  readonly delayed: number;
  /** Age of the oldest waiting delivery; absent if there is none. */
  readonly oldestSeconds?: number;
}

export type QueueSource = () => Promise<readonly QueueReading[]>;
