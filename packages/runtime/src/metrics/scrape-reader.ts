/** Reads something outside of the process for the scrapes of Prometheus, however many ask. */
export interface ScrapeReader<Reading> {
  setSource(source: () => Promise<Reading>): void;
  /** Resolves when the last reading is fresh enough or could not be had. Never rejects. */
  readonly refresh: () => Promise<void>;
}

export interface ScrapeReaderOptions<Reading> {
  readonly apply: (reading: Reading) => void;
  /** Nothing could be read, or not in time. */
  readonly failed: () => void;
  /** How long a reading serves further scrapes, so that several Prometheus servers cost as much as one. */
  readonly freshMs: number;
}

/** A scrape must not wait for a Redis that hangs: Prometheus gives up, and takes the process for dead. Once a reading is late, none waits for it. */
const timeoutMs = 1_000;

/** Reads at most every `freshMs` and never twice at a time. */
export function createScrapeReader<Reading>(options: ScrapeReaderOptions<Reading>): ScrapeReader<Reading> {
  const { apply, failed, freshMs } = options;
  let source: (() => Promise<Reading>) | undefined;
  let freshUntil = -Infinity;
  let refreshing: Promise<void> | undefined;
  let reading: Promise<void> | undefined;
  let isLate = false;

  const read = async (from: () => Promise<Reading>): Promise<void> => {
    try {
      apply(await from());
    } catch {
      failed(); // what is wrong with Redis is logged where it is used
    } finally {
      freshUntil = performance.now() + freshMs;
      reading = undefined;
      isLate = false;
    }
  };

  const readInTime = async (from: () => Promise<Reading>): Promise<void> => {
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), timeoutMs);
    reading ??= read(from);
    if ((await Promise.race([reading, late.promise])) === 'late') {
      isLate = true;
      freshUntil = performance.now() + freshMs;
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
      if (isLate) {
        freshUntil = performance.now() + freshMs; // all that a scrape shows asks here
        return failed();
      }
      refreshing ??= readInTime(source);
      await refreshing;
    },
  };
}
