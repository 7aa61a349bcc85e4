import type { RedisClient } from '../redis.ts';
import { ChunkError, type Chunk } from './chunk-reader.ts';
import { createFingerprints, type EventPrint } from './fingerprints.ts';
import { hopClasses, withoutDelivery, type Hop, type HopClass } from './hop.ts';
import { chunksBackwards, readTraceKey } from './trace-store.ts';

/** What is known of an event's way. */
export interface Trace {
  /** One for each device registration, the first accepted first. */
  readonly ways: readonly Way[];
  /** How many there are with those of other pushkeys. */
  readonly devices: number;
  /** Milliseconds since 1970: how far back hops were looked at; undefined when there are none at all. */
  readonly since?: number;
  /** When this event was not among those kept, by class. */
  readonly sampledOut: readonly SampledSpan[];
  /** Chunks that only another key, or another version of Carillon, can read. */
  readonly otherKey: number;
  readonly unreadable: number;
  /** False when the time was up before all was looked at. */
  readonly complete: boolean;
}

/** The hops of one delivery, or of a device that got none; the same registration may have several. */
export interface Way {
  readonly delivery?: number;
  /** The fingerprint of the pushkey; absent where the hop that knows it is not there. */
  readonly pushkey?: number;
  readonly hops: readonly Hop[];
}

export interface SampledSpan {
  readonly kind: HopClass;
  /** One in so many was kept. */
  readonly oneIn: number;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

export interface TraceQuestion {
  /** The event id, or what a homeserver of the protocol's first draft sent as `id`. */
  readonly eventKey: string;
  /** Only this registration's. */
  readonly pushkey?: string;
  /** How long the search may take. */
  readonly withinMs: number;
}

/** Clocks of processes and Redis may differ, and a chunk may have waited for Redis. */
const clockMarginMs = 60_000;

/**
 * Looks for the hops of an event: first through everything, newest first, for those that know their event; then,
 * from the time of the first of these, for those that know only their delivery. Undefined when nothing was ever
 * traced. Rejects when Redis does not answer.
 */
export async function findTrace(
  redis: RedisClient,
  keyPrefix: string,
  { eventKey, pushkey, withinMs }: TraceQuestion,
): Promise<Trace | undefined> {
  const key = await readTraceKey(redis, keyPrefix);
  if (key === undefined) return undefined;
  const fingerprints = createFingerprints(key);
  const event = fingerprints.event(eventKey);
  const wantedPushkey = pushkey === undefined ? undefined : fingerprints.pushkey(pushkey);
  const deadline = performance.now() + withinMs;
  const spans = createSpans(event);
  const found: Hop[] = [];
  let since: number | undefined;
  let otherKey = 0;
  let unreadable = 0;
  let complete = true;

  async function look(
    kind: HopClass,
    from: number,
    wanted: Parameters<Chunk['hops']>[0],
    /** Absent when it is the second look. */
    seen?: (chunk: Chunk) => void,
  ) {
    const broken = (): number => (seen === undefined ? 0 : (unreadable += 1));
    const read = new Set<string>();
    for await (const chunk of chunksBackwards(redis, keyPrefix, kind, from)) {
      if (performance.now() > deadline) {
        complete = false;
        return;
      }
      if (chunk === undefined) {
        broken();
        continue;
      }
      if (read.has(chunk.id)) continue; // written twice, because Redis did not confirm the first
      read.add(chunk.id);
      seen?.(chunk);
      if (chunk.keyId !== fingerprints.keyId) continue;
      try {
        found.push(...chunk.hops(wanted));
      } catch (error) {
        if (!(error instanceof ChunkError)) throw error;
        broken();
      }
    }
  }

  for (const kind of hopClasses) {
    const span = spans(kind);
    await look(
      kind,
      0,
      (print) => print === event.print,
      (chunk) => {
        if (chunk.keyId !== fingerprints.keyId) otherKey += 1;
        since = Math.min(since ?? Infinity, chunk.at);
        span(chunk);
      },
    );
  }
  const deliveries = new Set(found.flatMap(({ delivery }) => delivery ?? []));
  if (deliveries.size > 0) {
    const from = Math.max(0, Math.min(...found.map(({ at }) => at)) - clockMarginMs);
    const linked = (print: number | undefined, delivery: number | undefined): boolean =>
      print === undefined && delivery !== undefined && deliveries.has(delivery);
    for (const kind of hopClasses) await look(kind, from, linked);
  }
  const all = waysOf(found);
  return {
    ways: all.filter((way) => wantedPushkey === undefined || way.pushkey === wantedPushkey),
    devices: all.length,
    ...(since !== undefined && { since }),
    sampledOut: spans.all(),
    otherKey,
    unreadable,
    complete,
  };
}

/** Notes when the event was sampled out, chunk by chunk. */
function createSpans({ keptUpTo }: EventPrint) {
  const spans: SampledSpan[] = [];
  const of = (kind: HopClass) => (chunk: Chunk) => {
    if (chunk.level <= keptUpTo) return;
    const oneIn = 2 ** chunk.level;
    const index = spans.findIndex((span) => span.kind === kind && span.oneIn === oneIn);
    const span = spans[index];
    if (span === undefined) spans.push({ kind, oneIn, from: chunk.at, until: chunk.at });
    else
      spans[index] = { ...span, from: Math.min(span.from, chunk.at), until: Math.max(span.until, chunk.at) };
  };
  return Object.assign(of, { all: () => spans });
}

function waysOf(hops: readonly Hop[]): Way[] {
  const groups = Map.groupBy(hops, ({ kind, delivery, pushkey, app, word }) =>
    withoutDelivery.has(kind) ? `${pushkey} ${app} ${word}` : delivery,
  );
  const ways = [...groups.values()].map((group): Way => {
    const sorted = withoutRepeats(group.toSorted((a, b) => a.at - b.at || orderOf(a) - orderOf(b)));
    const delivery = sorted.find((hop) => hop.delivery !== undefined)?.delivery;
    const pushkey = sorted.find((hop) => hop.pushkey !== undefined)?.pushkey;
    return {
      ...(delivery !== undefined && { delivery }),
      ...(pushkey !== undefined && { pushkey }),
      hops: sorted,
    };
  });
  return ways.toSorted((a, b) => (a.hops[0]?.at ?? 0) - (b.hops[0]?.at ?? 0));
}

/** In the same millisecond: accepted comes first, and a send before what follows from it. */
function orderOf({ kind }: Hop): number {
  if (kind === 'queued' || kind === 'accepted') return 0;
  return kind === 'delayed' || kind === 'parked' || kind === 'held_back' ? 2 : 1;
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
