/**
 * Runs a piece of work when it is due, but not more often than once in `intervalMs`: the first time after a
 * quiet moment at the end of the current turn of the event loop, later ones gathered. Each wake-up of a
 * process costs more than the work done in it, so a few milliseconds of gathering halve the cost of a
 * delivery at moderate rates (docs/performance.md).
 */
export interface Pacer {
  /** There is work: makes sure that `work` runs soon. */
  due(): void;
  /** Forgets what is due and runs nothing any more. */
  stop(): void;
}

export function createPacer(intervalMs: number, work: () => void): Pacer {
  let lastRun = -Infinity;
  let scheduled = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  function run(): void {
    if (stopped) return;
    scheduled = false;
    lastRun = performance.now();
    work();
  }

  return {
    due() {
      if (scheduled || stopped) return;
      scheduled = true;
      const wait = lastRun + intervalMs - performance.now();
      if (wait <= 0) setImmediate(run);
      else timer = setTimeout(run, wait);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
