import type { Metrics } from './metrics.ts';

/** What Redis has told of the time. */
export interface ToldClock {
  aheadSeconds(): number | undefined;
}

/** Shows in the metrics whether this machine's clock is right. */
export function tellClock(metrics: Pick<Metrics, 'clockAhead'>, clock: ToldClock): void {
  const ahead = clock.aheadSeconds();
  if (ahead !== undefined) metrics.clockAhead().set(ahead);
}
