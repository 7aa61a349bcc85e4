/**
 * What may be in flight on one queue just after an outage: little, then twice as much each second. A provider
 * that has just come back must not be met by the whole backlog at once.
 */
export interface SlowStart {
  begin(now: number): void;
  /** Sends that may be in flight now; `Infinity` long after the start. */
  limit(now: number): number;
}

const firstLimit = 8;
/** After this many doublings no configured concurrency is below the limit: 8 × 2^9 = 4,096. */
const doublings = 9;

export function createSlowStart(): SlowStart {
  let startedAt = -Infinity;
  return {
    begin(now) {
      startedAt = now;
    },
    limit(now) {
      const passed = Math.floor((now - startedAt) / 1_000);
      return passed >= doublings ? Infinity : firstLimit * 2 ** Math.max(0, passed);
    },
  };
}
