import type { Finished, Kept } from './turn.ts';

/** What the next turn hands in. */
export interface HandedIn {
  finish(one: Finished): void;
  keep(one: Kept): void;
  isEmpty(): boolean;
  /** Empties it. */
  takeAll(): Batch;
  /** The turn failed; nobody knows whether it happened, and twice does no harm. */
  putBack(batch: Batch): void;
}

export interface Batch {
  readonly finished: readonly Finished[];
  readonly kept: readonly Kept[];
}

export function createHandedIn(): HandedIn {
  let finished: Finished[] = [];
  let kept: Kept[] = [];
  return {
    finish: (one) => void finished.push(one),
    keep: (one) => void kept.push(one),
    isEmpty: () => finished.length + kept.length === 0,
    takeAll() {
      const batch = { finished, kept };
      finished = [];
      kept = [];
      return batch;
    },
    putBack(batch) {
      finished = [...batch.finished, ...finished];
      kept = [...batch.kept, ...kept];
    },
  };
}
