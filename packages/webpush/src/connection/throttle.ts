/**
 * What a push service has asked for by 429: one endpoint's own rests that endpoint; of several endpoints in a row, with
 * nothing accepted between, it is the service that wants less, and goes on counting while it is asked.
 */
export interface Throttle {
  /** How long the endpoint is to be left alone, milliseconds; undefined: not at all. */
  waitMs(endpoint: string): number | undefined;
  /** A push was accepted. */
  accepted(endpoint: string): void;
  /** Returns whether it is the whole service that has to rest. `until`: milliseconds of the clock. */
  throttled(endpoint: string, until: number): boolean;
}

/** A service that throttles by endpoint hardly does so for three one after the other. */
const endpointsInARow = 3;
/** Endpoints that rest and are remembered. */
const mostEndpoints = 200;

export function createThrottle(now: () => number): Throttle {
  const resting = new Map<string, number>();
  const inARow = new Set<string>();

  function makeRoom(): void {
    for (const [endpoint, until] of resting) if (until <= now()) resting.delete(endpoint);
    const [oldest] = resting.keys();
    if (resting.size >= mostEndpoints && oldest !== undefined) resting.delete(oldest);
  }

  return {
    waitMs(endpoint) {
      const left = (resting.get(endpoint) ?? 0) - now();
      return left > 0 ? left : undefined;
    },
    accepted(endpoint) {
      resting.delete(endpoint);
      inARow.clear();
    },
    throttled(endpoint, until) {
      if (resting.size >= mostEndpoints) makeRoom();
      resting.set(endpoint, until);
      if (inARow.size < endpointsInARow) inARow.add(endpoint);
      return inARow.size >= endpointsInARow;
    },
  };
}
