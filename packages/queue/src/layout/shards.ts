import { createHash } from 'node:crypto';

/** The shards of an installation, and which of them hold what belongs to a pushkey. */
export interface Shards {
  /** How many there are, as the process is configured. */
  current(): number;
  /** How many there are to look at: while the number changes, the highest in use. */
  highest(): number;
  /** Where what is new of the pushkey goes. */
  placeOf(pushkey: string): number;
  /** Where else claims, rejections and badges of the pushkey may stand, while the number of shards changes. */
  otherPlacesOf(pushkey: string): readonly number[];
}

/** Shards whose number does not change. */
export function fixedShards(count: number): Shards {
  return shardsOf(count, () => ({ counts: [count], highest: count, placing: count }));
}

/** The numbers of shards that count at the moment. */
export interface ShardCounts {
  /** Those by which claims and rejections may have been placed. */
  readonly counts: readonly number[];
  readonly highest: number;
  /** The one by which what is new is placed. */
  readonly placing: number;
}

export function shardsOf(current: number, known: () => ShardCounts): Shards {
  const placeOf = (pushkey: string): number => {
    const { placing } = known();
    return placing === 1 ? 0 : hashOf(pushkey) % placing;
  };
  return {
    current: () => current,
    highest: () => Math.max(current, known().highest),
    placeOf,
    otherPlacesOf(pushkey) {
      const { counts } = known();
      if (counts.length === 0 || (counts.length === 1 && counts[0] === current)) return [];
      const hash = hashOf(pushkey);
      const own = placeOf(pushkey);
      return [...new Set(counts.map((count) => hash % count))].filter((place) => place !== own);
    },
  };
}

/** The same on every process, spread evenly. */
function hashOf(pushkey: string): number {
  return createHash('sha256').update(pushkey).digest().readUInt32BE(0);
}
