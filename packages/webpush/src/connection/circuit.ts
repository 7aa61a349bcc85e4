/**
 * Leaves a push service alone that fails again and again:
 *
 *   closed    sends pass; `threshold` failures in a row open it
 *   open      sends are turned away until a time; also entered when the service asks to be left alone
 *   probing   after that time one send passes; its success closes the circuit, its failure opens it for twice as long
 */
export interface Circuit {
  /** Undefined: go ahead, and say what came of it. Else how long to stay away, in milliseconds. */
  waitMs(): number | undefined;
  succeeded(): void;
  failed(): void;
  /** The service asked to be left alone until then. */
  rest(until: number): void;
  /** The send that passed came to nothing that says anything about the service. */
  abandoned(): void;
}

const threshold = 5;
const firstRestMs = 10_000;
const longestRestMs = 300_000;
/** How long others wait while one send tries. */
const probeWaitMs = 2_000;

/** `now`: milliseconds of any clock. */
export function createCircuit(now: () => number): Circuit {
  let failures = 0;
  let restMs = firstRestMs;
  let openUntil: number | undefined;
  let probing = false;

  return {
    waitMs() {
      if (openUntil === undefined) return undefined;
      const left = openUntil - now();
      if (left > 0) return left;
      if (probing) return probeWaitMs;
      probing = true;
      return undefined;
    },
    succeeded() {
      failures = 0;
      restMs = firstRestMs;
      openUntil = undefined;
      probing = false;
    },
    failed() {
      failures += 1;
      if (openUntil === undefined ? failures < threshold : !probing) return;
      openUntil = now() + restMs;
      restMs = Math.min(restMs * 2, longestRestMs);
      probing = false;
    },
    rest(until) {
      openUntil = Math.max(openUntil ?? 0, until);
      probing = false;
    },
    abandoned() {
      probing = false;
    },
  };
}
