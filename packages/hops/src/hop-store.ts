import { readFileSync } from 'node:fs';
import { ChunkError, readChunk, type Chunk } from './chunk-reader.ts';
import { newHopKey } from './fingerprints.ts';
import type { HopClass } from './hop.ts';
import type { HopRedis } from './hop-redis.ts';

interface AppendingRedis extends HopRedis {
  carillonAppendHops(
    ...keysAndArguments: (string | number | Buffer)[]
  ): Promise<[level: number, key: string]>;
}

const script = readFileSync(new URL('./append-hops.lua', import.meta.url), 'utf8');

export interface HopSettings {
  /** How long hops are kept; 0 keeps none. */
  readonly keepMs: number;
  /** What all hops together may take in Redis. */
  readonly maxMemoryBytes: number;
}

/** Writes chunks. See append-hops.lua. */
export interface HopStore {
  /** Appends a chunk, or with undefined only asks. Resolves to the sampling level from now on and the key in force. */
  append(
    kind: HopClass,
    chunk: Buffer | undefined,
  ): Promise<{ readonly level: number; readonly key: string }>;
}

/** Of the memory. Problems are rarer, and most deliveries have none. */
const shares: Readonly<Record<HopClass, number>> = { ordinary: 0.75, problem: 0.25 };

/** Named after its section of the configuration. One hash tag for all of it, since the script has several keys; no app's keys have a colon behind the tag. */
function keysOf(keyPrefix: string, kind: HopClass) {
  const prefix = `${keyPrefix}:{trace}:`;
  return { stream: `${prefix}${kind}`, state: `${prefix}${kind}:state`, key: `${prefix}key` };
}

export function createHopStore(redis: HopRedis, keyPrefix: string, settings: HopSettings): HopStore {
  redis.defineCommand('carillonAppendHops', { numberOfKeys: 3, lua: script });
  const appending = redis as AppendingRedis; // the line above made it one
  const candidate = newHopKey();
  return {
    async append(kind, chunk) {
      const { stream, state, key } = keysOf(keyPrefix, kind);
      const [level, current] = await appending.carillonAppendHops(
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

/** The key of the fingerprints; undefined when nothing was ever recorded, or somebody removed it. */
export async function readHopKey(redis: HopRedis, keyPrefix: string): Promise<string | undefined> {
  return (await redis.get(keysOf(keyPrefix, 'ordinary').key)) ?? undefined;
}

/** Small, so that no reply holds up Redis: a chunk has up to some 100 KiB. */
const pageEntries = 16;

/** The chunks of a stream from the newest to the oldest; undefined in place of one that cannot be read. */
export async function* chunksBackwards(
  redis: HopRedis,
  keyPrefix: string,
  kind: HopClass,
  /** Milliseconds since 1970: no chunk that was written before or after. */
  { since = 0, until }: { readonly since?: number; readonly until?: number } = {},
): AsyncGenerator<Chunk | undefined> {
  const { stream } = keysOf(keyPrefix, kind);
  for (let end = until === undefined ? '+' : String(until); ;) {
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
