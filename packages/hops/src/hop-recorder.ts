import { randomBytes } from 'node:crypto';
import { createChunkWriter, type ChunkWriter } from './chunk-writer.ts';
import { createFingerprints, type Fingerprints, type TraceIndex } from './fingerprints.ts';
import { hopClasses, type HopClass, type NewHop } from './hop.ts';
import type { HopRedis } from './hop-redis.ts';
import { createHopStore, type HopSettings } from './hop-store.ts';

/**
 * Takes down hops, and writes what came together in a second to Redis as one chunk. Never fails a push and never
 * makes one wait: a hop costs some hundred nanoseconds, and while Redis is away hops are kept up to a bound and
 * then dropped and counted. A crash loses the last second.
 */
export interface HopRecorder {
  /** Whether the ordinary hops of this event are kept at present. Events without a key have none. */
  samples(eventKey: string | undefined): boolean;
  /** A hop of a delivery that goes well, and whose event is kept. */
  ordinary(hop: NewHop): void;
  /** Any other; kept in preference to ordinary ones, whether or not the event is sampled. */
  problem(hop: NewHop, eventKey: string | undefined): void;
  /** Writes what is left, if Redis takes it soon. */
  close(): Promise<void>;
}

export interface HopRecorderOptions extends HopSettings {
  readonly redis: HopRedis;
  readonly keyPrefix: string;
  readonly observer: HopObserver;
  /** What hops can be found by besides event and pushkey. Default: nothing. */
  readonly index?: readonly TraceIndex[];
  /** How late a hop may come to be seen. */
  readonly flushMs?: number;
}

export interface HopObserver {
  /** Hops that could not be kept because Redis was away for too long. */
  dropped(hops: number): void;
  /** Of how many ordinary deliveries one is kept from now on. */
  sampledOneIn(count: number): void;
}

const defaultFlushMs = 1_000;
/** While sampling, the level is asked for this often although nothing is written, so that it can fall. */
const askMs = 10_000;
/** Some seconds of a busy process. */
const maxPendingBytes = 1_048_576;
/** Hops that wait for the key in a process that has just started. */
const maxEarly = 1_000;
/** What stopping waits for Redis. */
const closeMs = 1_000;

interface Line {
  readonly kind: HopClass;
  level: number;
  /** The level of the last chunk. */
  told: number;
  writer: ChunkWriter | undefined;
  askedAt: number;
}

interface PendingChunk {
  readonly line: Line;
  /** Undefined only asks. */
  readonly bytes: Buffer | undefined;
  readonly hops: number;
}

/** What a process records into when `trace.keep` is 0. */
export const recordsNothing: HopRecorder = {
  samples: () => true, // so that no delivery is marked
  ordinary: () => undefined,
  problem: () => undefined,
  close: () => Promise.resolve(),
};

export function createHopRecorder(options: HopRecorderOptions): HopRecorder {
  if (options.keepMs === 0) return recordsNothing;
  const { redis, observer, flushMs = defaultFlushMs } = options;
  const store = createHopStore(redis, options.keyPrefix, options);
  const process = randomBytes(4).readUInt32BE();
  const lineOf = (kind: HopClass): Line => ({
    kind,
    level: 0,
    told: 0,
    writer: undefined,
    askedAt: -Infinity,
  });
  const lines: Readonly<Record<HopClass, Line>> = {
    ordinary: lineOf('ordinary'),
    problem: lineOf('problem'),
  };
  const pending: PendingChunk[] = [];
  let early: { readonly line: Line; readonly hop: NewHop }[] = [];
  let pendingBytes = 0;
  let sequence = 0;
  let key: string | undefined;
  let fingerprints: Fingerprints | undefined;
  let sending: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const firstAsk = (): void => {
    if (key === undefined) ask(lines.ordinary);
  };
  redis.on('ready', firstAsk);
  if (redis.status === 'ready') firstAsk();

  function record(line: Line, hop: NewHop): void {
    if (line.writer === undefined) {
      if (early.length < maxEarly) early.push({ line, hop });
      else observer.dropped(1);
      return;
    }
    if (!line.writer.add(hop)) {
      cut(line);
      line.writer.add(hop); // it is empty now
      startSending();
    }
    if (!closed) timer ??= setTimeout(flush, flushMs).unref();
  }

  function flush(): void {
    timer = undefined;
    for (const kind of hopClasses) {
      const line = lines[kind];
      if ((line.writer?.hops ?? 0) > 0) cut(line);
      // An empty chunk tells the readers of the level that was in force meanwhile, and asks whether it still is.
      else if (line.level !== line.told || (line.level > 0 && performance.now() - line.askedAt > askMs))
        cut(line);
    }
    if (!closed && hopClasses.some((kind) => lines[kind].level > 0))
      timer ??= setTimeout(flush, flushMs).unref();
    startSending();
  }

  /** Makes a chunk of what a line has gathered. */
  function cut(line: Line): void {
    const { writer } = line;
    if (writer === undefined) return;
    const { hops } = writer;
    const bytes = writer.take({ process, sequence: sequence++, level: line.level });
    line.told = line.level;
    if (pendingBytes + bytes.length > maxPendingBytes) return observer.dropped(hops);
    pendingBytes += bytes.length;
    pending.push({ line, bytes, hops });
  }

  function ask(line: Line): void {
    pending.push({ line, bytes: undefined, hops: 0 });
    startSending();
  }

  function startSending(): void {
    sending ??= send().finally(() => (sending = undefined));
  }

  /** One chunk at a time, so that a Redis that is away gathers no commands. Never rejects. */
  async function send(): Promise<void> {
    for (let next = pending[0]; next !== undefined; next = pending[0]) {
      const { line } = next;
      try {
        const answer = await store.append(line.kind, next.bytes);
        line.askedAt = performance.now();
        setLevel(line, answer.level);
        useKey(answer.key);
      } catch {
        // The code that needs Redis for a push reports that. Chunks are tried again; one that was written after all has
        // the same number, and is read once.
        if (next.bytes === undefined)
          pending.shift(); // asked again when Redis is ready
        else if (!closed) timer ??= setTimeout(flush, flushMs).unref();
        return;
      }
      pending.shift();
      pendingBytes -= next.bytes?.length ?? 0;
    }
  }

  function setLevel(line: Line, level: number): void {
    if (line.level === level) return;
    cut(line); // a chunk tells the level that all of its time was under
    line.level = level;
    if (line.kind === 'ordinary') observer.sampledOneIn(2 ** level);
    timer ??= setTimeout(flush, flushMs).unref();
  }

  /** What was gathered under an old key is written under it; nobody can read it any more. */
  function useKey(current: string): void {
    if (key === current) return;
    key = current;
    fingerprints = createFingerprints(current);
    for (const kind of hopClasses) {
      const line = lines[kind];
      if ((line.writer?.hops ?? 0) > 0) cut(line);
      line.writer = createChunkWriter(fingerprints, options.index);
    }
    const waiting = early;
    early = [];
    for (const { line, hop } of waiting) record(line, hop);
  }

  const keeps = (line: Line, eventKey: string): boolean =>
    line.level === 0 || fingerprints === undefined || fingerprints.event(eventKey).keptUpTo >= line.level;

  return {
    samples: (eventKey) => eventKey !== undefined && keeps(lines.ordinary, eventKey),
    ordinary: (hop) => record(lines.ordinary, hop),
    problem(hop, eventKey) {
      const { problem } = lines;
      if (eventKey === undefined ? problem.level === 0 : keeps(problem, eventKey)) record(problem, hop);
    },
    async close() {
      redis.off('ready', firstAsk);
      const late = Promise.withResolvers<void>();
      const deadline = setTimeout(late.resolve, closeMs);
      await Promise.race([sending, late.promise]); // perhaps for the key
      flush();
      closed = true;
      clearTimeout(timer);
      await Promise.race([sending, late.promise]);
      clearTimeout(deadline);
    },
  };
}
