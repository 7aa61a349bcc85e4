import type { Metrics } from './metrics.ts';

/** Reports what the recorder of hops (`carillon trace`) keeps. */
export function createHopObserver(metrics: Pick<Metrics, 'hopsDropped' | 'hopsSampled'>) {
  const dropped = metrics.hopsDropped();
  const sampled = metrics.hopsSampled();
  sampled.set(1);
  return {
    dropped: (hops: number): void => dropped.inc(hops),
    sampledOneIn: (count: number): void => sampled.set(1 / count),
  };
}
