/** Hears after each tick whether Redis can be used. */
export interface TickWatcher {
  usable(): void;
  unusable(error: unknown): void;
}

/** Longer than a tick takes; commands of a worker wait for Redis instead of failing. */
const overdueMs = 2_000;

/**
 * Runs `tick` again and again, never twice at a time: while Redis is away, ticks must not pile up. One that
 * does not end says that Redis does not answer. Returns the function that ends it.
 */
export function startTicker(everyMs: number, tick: () => Promise<unknown>, watcher: TickWatcher): () => void {
  let since: number | undefined;

  async function run(): Promise<void> {
    since = performance.now();
    try {
      await tick();
      watcher.usable();
    } catch (error) {
      watcher.unusable(error);
    } finally {
      since = undefined;
    }
  }

  const timer = setInterval(() => {
    if (since === undefined)
      void run(); // never rejects
    else if (performance.now() - since > overdueMs) watcher.unusable(new Error('Redis does not answer'));
  }, everyMs);
  return () => clearInterval(timer);
}
