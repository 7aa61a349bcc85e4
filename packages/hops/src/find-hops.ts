import { ChunkError, type Chunk } from './chunk-reader.ts';
import { createFingerprints, type EventPrint } from './fingerprints.ts';
import { hopClasses, type Hop, type HopClass } from './hop.ts';
import type { HopRedis } from './hop-redis.ts';
import { chunksBackwards, readHopKey } from './hop-store.ts';
import { waysOf, type Way } from './ways.ts';

/** What is known of an event's way. */
export interface FoundHops {
  /** One for each device registration, the first accepted first. */
  readonly ways: readonly Way[];
  /** How many there are with those of other pushkeys. */
  readonly devices: number;
  /** Milliseconds since 1970: how far back hops were looked at; undefined when there are none at all. */
  readonly since?: number;
  /** When this event was not among those kept, by class. */
  readonly sampledOut: readonly SampledPeriod[];
  /** Chunks that only another key, or another version of Carillon, can read. */
  readonly otherKey: number;
  readonly unreadable: number;
  /** False when the time was up before all was looked at. */
  readonly complete: boolean;
}

export interface SampledPeriod {
  readonly kind: HopClass;
  /** One in so many was kept. */
  readonly oneIn: number;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

export interface HopQuestion {
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
 * recorded. Rejects when Redis does not answer.
 */
export async function findHops(
  redis: HopRedis,
  keyPrefix: string,
  { eventKey, pushkey, withinMs }: HopQuestion,
): Promise<FoundHops | undefined> {
  const key = await readHopKey(redis, keyPrefix);
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
  const spans: SampledPeriod[] = [];
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
