import type { Lane } from '@carillon/core';

/** One app's line at one moment, over all its shards. */
export interface QueueReading {
  readonly app: string;
  readonly lane: Lane;
  readonly waiting: number;
  readonly delayed: number;
  /** Milliseconds since 1970 when the oldest waiting delivery was accepted; absent if there is none. */
  readonly oldestAt?: number;
  /** Worker processes that take from it. */
  readonly workers: number;
  /** Kept for an operator; absent where nobody counted them. */
  readonly deadLetters?: number;
}

export type QueueSource = () => Promise<readonly QueueReading[]>;

export interface QueueReaderOptions {
  /** Takes a reading; an empty one when the queues could not be read. */
  readonly apply: (readings: readonly QueueReading[]) => void;
  readonly failed: () => void;
}

export interface QueueReader {
  setSource(source: QueueSource): void;
  /** Resolves when the last reading is fresh enough or could not be had. Never rejects. */
  readonly refresh: () => Promise<void>;
}

/** How long a reading serves further scrapes, so that several Prometheus servers cost Redis as much as one. */
const freshMs = 1_500;
/** A scrape must not wait for a Redis that hangs: Prometheus itself gives up after 10 s. */
const timeoutMs = 2_000;

/** Reads the queues at most every `freshMs` and never twice at a time, however many ask. */
export function createQueueReader({ apply, failed }: QueueReaderOptions): QueueReader {
  let source: QueueSource | undefined;
  let freshUntil = -Infinity;
  let refreshing: Promise<void> | undefined;
  let reading: Promise<void> | undefined;

  const read = async (from: QueueSource): Promise<void> => {
    try {
      apply(await from());
    } catch {
      // What is wrong with Redis is logged where it is used; here it only must not look like an empty queue.
      apply([]);
      failed();
    } finally {
      freshUntil = performance.now() + freshMs;
      reading = undefined;
    }
  };

  const readInTime = async (from: QueueSource): Promise<void> => {
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), timeoutMs);
    reading ??= read(from);
    if ((await Promise.race([reading, late.promise])) === 'late') {
      apply([]);
      failed();
    }
    clearTimeout(timer);
    refreshing = undefined;
  };

  return {
    setSource(next) {
      source = next;
    },
    async refresh() {
      if (source === undefined || performance.now() < freshUntil) return;
      refreshing ??= readInTime(source);
      await refreshing;
    },
  };
}
