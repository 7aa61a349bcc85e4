/** Observations of a histogram up to each bound, as in its `_bucket` series; the last bound is infinite. */
export type Buckets = ReadonlyMap<number, number>;

/**
 * The value that this share of the observations lies below, found as Prometheus' `histogram_quantile` does: evenly
 * spread inside a bucket. The largest finite bound for what lies above it; undefined without observations.
 */
export function quantileOf(buckets: Buckets, share: number): number | undefined {
  const sorted = [...buckets].toSorted(([a], [b]) => a - b);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (total <= 0) return undefined;
  const rank = share * total;
  let below = 0;
  let bound = 0;
  for (const [upper, count] of sorted) {
    if (count >= rank) {
      if (upper === Infinity) return bound;
      const inside = count - below;
      return inside <= 0 ? upper : bound + ((upper - bound) * (rank - below)) / inside;
    }
    below = count;
    bound = upper;
  }
  return bound;
}
