import type { Lane } from '@carillon/core';
import { pauseOf, type Pause, type Pauses } from '@carillon/queue';

/** What operators have paused, as this worker saw it last. One for all of its apps. */
export interface PausedLanes {
  /** False until it has been read once: a worker that is started again sends nothing of what is paused. */
  mayTake(app: string, lane: Lane): boolean;
  of(app: string, lane: Lane): Pause | undefined;
  /** Reads what all workers share; to be called every second or so. */
  look(): Promise<void>;
  /** Calls `listener` when something may have begun or ended. Returns the function that ends that. */
  subscribe(listener: () => void): () => void;
}

export function createPausedLanes(pauses: Pick<Pauses, 'read'>, now: () => number = Date.now): PausedLanes {
  const listeners = new Set<() => void>();
  let seen: readonly Pause[] | undefined;

  return {
    mayTake: (app, lane) => seen !== undefined && pauseOf(seen, app, lane) === undefined,
    of: (app, lane) => pauseOf(seen ?? [], app, lane),
    async look() {
      const before = seen;
      seen = await pauses.read(now());
      const isSame = before !== undefined && JSON.stringify(before) === JSON.stringify(seen);
      if (!isSame) for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
