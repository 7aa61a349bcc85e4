import slotOf from 'cluster-key-slot';

/** Slots of a Redis Cluster. */
const slots = 16_384;
/** Steps of the golden ratio spread evenly for every number of steps; from here they do for every few nodes, too. */
const [start, step] = [0.6, (Math.sqrt(5) - 1) / 2];
/** A tag may miss its place by this many slots: an exact hit would take a long search. */
const tolerance = 32;

const found = new Map<number, string>();

/**
 * The hash tag of a shard, such as `0.3`. Its slot is where the shard belongs, so that the shards of every number lie evenly
 * on the nodes of a Cluster whose slots are dealt out evenly, and a higher number leaves the lower shards where they are.
 */
export function shardTag(shard: number): string {
  let tag = found.get(shard);
  if (tag === undefined) found.set(shard, (tag = search(shard)));
  return tag;
}

function search(shard: number): string {
  const wanted = Math.floor(((start + shard * step) % 1) * slots);
  for (let suffix = 0; ; suffix++) {
    const tag = `${shard}.${suffix}`;
    if (Math.abs(slotOf(tag) - wanted) <= tolerance) return tag;
  }
}
