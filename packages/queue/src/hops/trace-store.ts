import { readFileSync } from 'node:fs';
import type { Result } from 'ioredis';
import type { RedisClient } from '../redis.ts';
import { ChunkError, readChunk, type Chunk } from './chunk-reader.ts';
import { newTraceKey } from './fingerprints.ts';
import type { HopClass } from './hop.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonTrace(
      ...keysAndArguments: (string | number | Buffer)[]
    ): Result<[level: number, key: string], Context>;
  }
}

const script = readFileSync(new URL('../lua/trace.lua', import.meta.url), 'utf8');

export interface TraceSettings {
  /** How long hops are kept; 0 turns tracing off. */
  readonly keepMs: number;
  /** What all hops together may take in Redis. */
  readonly maxMemoryBytes: number;
}

/** Writes chunks. See lua/trace.lua. */
export interface TraceStore {
  /** Appends a chunk, or with undefined only asks. Resolves to the sampling level from now on and the key in force. */
  append(
    kind: HopClass,
    chunk: Buffer | undefined,
  ): Promise<{ readonly level: number; readonly key: string }>;
}

/** Of the memory. Problems are rarer, and most deliveries have none. */
const shares: Readonly<Record<HopClass, number>> = { ordinary: 0.75, problem: 0.25 };

/** One hash tag for all of it, since the script has several keys; no app's keys have a colon behind the tag. */
function keysOf(keyPrefix: string, kind: HopClass) {
  const prefix = `${keyPrefix}:{trace}:`;
  return { stream: `${prefix}${kind}`, state: `${prefix}${kind}:state`, key: `${prefix}key` };
}

export function createTraceStore(redis: RedisClient, keyPrefix: string, settings: TraceSettings): TraceStore {
  redis.defineCommand('carillonTrace', { numberOfKeys: 3, lua: script });
  const candidate = newTraceKey();
  return {
    async append(kind, chunk) {
      const { stream, state, key } = keysOf(keyPrefix, kind);
      const [level, current] = await redis.carillonTrace(
        stream,
        state,
        key,
        settings.keepMs,
        Math.floor(settings.maxMemoryBytes * shares[kind]),
        chunk ?? '',
        candidate,
      );
      return { level, key: current };
    },
  };
}

/** The key of the fingerprints; undefined when nothing was ever traced, or somebody removed it. */
export async function readTraceKey(redis: RedisClient, keyPrefix: string): Promise<string | undefined> {
  return (await redis.get(keysOf(keyPrefix, 'ordinary').key)) ?? undefined;
}

/** Small, so that no reply holds up Redis: a chunk has up to some 100 KiB. */
const pageEntries = 16;

/** The chunks of a stream from the newest to the oldest; undefined in place of one that cannot be read. */
export async function* chunksBackwards(
  redis: RedisClient,
  keyPrefix: string,
  kind: HopClass,
  /** Milliseconds since 1970: no chunk that was written before. */
  since = 0,
): AsyncGenerator<Chunk | undefined> {
  const { stream } = keysOf(keyPrefix, kind);
  for (let end = '+'; ;) {
    const page = await redis.xrevrangeBuffer(stream, end, String(since), 'COUNT', pageEntries);
    for (const [, fields] of page) yield chunkOf(fields[1]);
    const last = page.at(-1)?.[0];
    if (last === undefined || page.length < pageEntries) return;
    end = `(${last.toString()}`;
  }
}

function chunkOf(bytes: Buffer | undefined): Chunk | undefined {
  try {
    return bytes === undefined ? undefined : readChunk(bytes);
  } catch (error) {
    if (error instanceof ChunkError) return undefined;
    throw error;
  }
}
