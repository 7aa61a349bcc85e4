import { withoutDelivery, type Hop } from './hop.ts';

/** The hops of one delivery, or of a device that got none; the same registration may have several. */
export interface Way {
  readonly delivery?: number;
  /** The fingerprint of the event; absent where the hop that knows it is not there. */
  readonly event?: number;
  /** The fingerprint of the pushkey; absent where the hop that knows it is not there. */
  readonly pushkey?: number;
  readonly hops: readonly Hop[];
}

/** Sorts hops by the deliveries that they belong to, the first accepted first. */
export function waysOf(hops: readonly Hop[]): Way[] {
  const groups = Map.groupBy(hops, ({ kind, delivery, event, pushkey, app, word }) =>
    withoutDelivery.has(kind) ? `${event} ${pushkey} ${app} ${word}` : delivery,
  );
  const ways = [...groups.values()].map((group): Way => {
    const sorted = withoutRepeats(group.toSorted((a, b) => a.at - b.at || orderOf(a) - orderOf(b)));
    const delivery = sorted.find((hop) => hop.delivery !== undefined)?.delivery;
    const event = sorted.find((hop) => hop.event !== undefined)?.event;
    const pushkey = sorted.find((hop) => hop.pushkey !== undefined)?.pushkey;
    return {
      ...(delivery !== undefined && { delivery }),
      ...(event !== undefined && { event }),
      ...(pushkey !== undefined && { pushkey }),
      hops: sorted,
    };
  });
  return ways.toSorted((a, b) => (a.hops[0]?.at ?? 0) - (b.hops[0]?.at ?? 0));
}

/** In the same millisecond: accepted comes first, and a send before what follows from it. */
function orderOf({ kind }: Hop): number {
  if (kind === 'queued' || kind === 'accepted') return 0;
  return kind === 'delayed' || kind === 'parked' || kind === 'awaits_fuse' ? 2 : 1;
}

/**
 * Workers say `accepted` with each problem; where the ingress said it too, its word stands. And they say of a
 * delivery that a crash left behind that it was, each time that they take it.
 */
function withoutRepeats(hops: readonly Hop[]): Hop[] {
  const accepted = hops.find(({ kind }) => kind === 'queued') ?? hops.find(({ kind }) => kind === 'accepted');
  const crashes = new Set<string | undefined>();
  return hops.filter((hop) => {
    if (hop.kind === 'accepted') return hop === accepted;
    if (hop.kind !== 'recovered') return true;
    const isNew = !crashes.has(hop.word);
    crashes.add(hop.word);
    return isNew;
  });
}
