import { ChunkError, type Chunk } from './chunk-reader.ts';
import { createFingerprints } from './fingerprints.ts';
import { hopClasses, type Hop, type HopClass } from './hop.ts';
import type { HopRedis } from './hop-redis.ts';
import { createHopSearch, type HopQuestion } from './hop-search.ts';
import { chunksBackwards, readHopKey } from './hop-store.ts';
import { waysOf, type Way } from './ways.ts';

/** What is known of the way of the pushes that were asked for. */
export interface FoundHops {
  /** One for each device registration and event, the first accepted first. */
  readonly ways: readonly Way[];
  /** How many there are with those of other pushkeys, where an event was asked for. */
  readonly devices: number;
  /** Milliseconds since 1970: how far back hops were looked at; undefined when there are none at all. */
  readonly since?: number;
  /** When this event was not among those kept, or when not all events were, by class. */
  readonly sampledOut: readonly SampledPeriod[];
  /** Chunks that only another key, or another version of Carillon, can read. */
  readonly otherKey: number;
  readonly unreadable: number;
  /** Chunks without the index that the question needs. */
  readonly notIndexed: number;
  /** False when the time was up before all was looked at. */
  readonly complete: boolean;
  /** There is more than is told here: the latest `mostHops`. */
  readonly tooMany: boolean;
}

export interface SampledPeriod {
  readonly kind: HopClass;
  /** One in so many was kept. */
  readonly oneIn: number;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/** Clocks of processes and Redis may differ, and a chunk may have waited for Redis. */
const clockMarginMs = 60_000;
const waitMarginMs = 900_000;
/** Of each class, so that a busy room neither fills the memory nor the terminal. */
export const mostHops = 5_000;

/**
 * Looks for hops: first, newest first, for those that know their event and are asked for; then, from the time of the
 * first of these, for those that know only their delivery. Undefined when nothing was ever recorded. Rejects when
 * Redis does not answer.
 */
export async function findHops(
  redis: HopRedis,
  keyPrefix: string,
  question: HopQuestion,
): Promise<FoundHops | undefined> {
  const key = await readHopKey(redis, keyPrefix);
  if (key === undefined) return undefined;
  const fingerprints = createFingerprints(key);
  const search = createHopSearch(question, fingerprints);
  const deadline = performance.now() + question.withinMs;
  const spans = createSpans(search.keptUpTo);
  const found: Hop[] = [];
  let reachesTo: number | undefined;
  let otherKey = 0;
  let unreadable = 0;
  let notIndexed = 0;
  let complete = true;
  let tooMany = false;

  async function look(
    kind: HopClass,
    between: { readonly since?: number; readonly until?: number },
    wanted: Parameters<Chunk['hops']>[0],
    /** Absent when it is the second look. */
    seen?: (chunk: Chunk) => void,
  ) {
    const broken = (): number => (seen === undefined ? 0 : (unreadable += 1));
    const read = new Set<string>();
    const before = found.length;
    for await (const chunk of chunksBackwards(redis, keyPrefix, kind, between)) {
      if (performance.now() > deadline) {
        complete = false;
        return;
      }
      if (seen !== undefined && found.length - before >= mostHops) {
        tooMany = true;
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

  const { since, until } = question;
  const between = {
    ...(since !== undefined && { since: Math.max(0, since - clockMarginMs) }),
    ...(until !== undefined && { until: until + waitMarginMs }),
  };
  for (const kind of hopClasses) {
    const span = spans(kind);
    await look(
      kind,
      between,
      (prints) => search.matches(prints),
      (chunk) => {
        if (chunk.keyId !== fingerprints.keyId) otherKey += 1;
        if (!search.needs.every((index) => chunk.isIndexed(index))) notIndexed += 1;
        reachesTo = Math.min(reachesTo ?? Infinity, chunk.at);
        if (chunk.at >= (since ?? 0) && chunk.at <= (until ?? Infinity)) span(chunk);
      },
    );
  }
  const deliveries = new Set(found.flatMap(({ delivery }) => delivery ?? []));
  if (deliveries.size > 0) {
    const first = found.reduce((earliest, { at }) => Math.min(earliest, at), Infinity);
    for (const kind of hopClasses)
      await look(
        kind,
        { since: Math.max(0, first - clockMarginMs) },
        ({ event, delivery }) => event === undefined && delivery !== undefined && deliveries.has(delivery),
      );
  }
  const all = waysOf(found);
  return {
    ways: all.filter((way) => search.isPushkey(way.pushkey)),
    devices: all.length,
    ...(reachesTo !== undefined && { since: reachesTo }),
    sampledOut: spans.all(),
    otherKey,
    unreadable,
    notIndexed,
    complete,
    tooMany,
  };
}

/** Notes when an event that is kept up to this level was sampled out, chunk by chunk. */
function createSpans(keptUpTo: number) {
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
