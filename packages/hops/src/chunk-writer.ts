import { deflateRawSync } from 'node:zlib';
import {
  deflatedFlag,
  headBytes,
  idForms,
  indexFlags,
  laneNumbers,
  maxProviderIdBytes,
  maxStringBytes,
  parts,
  shortProviderId,
  version,
} from './chunk.ts';
import {
  blockBytes,
  printBytes,
  traceIndexes,
  writeDelivery,
  writePushkey,
  type Fingerprints,
  type TraceIndex,
} from './fingerprints.ts';
import { hopKinds, type HopKind, type NewHop } from './hop.ts';
import { writeUuid } from './uuid.ts';

/** Gathers hops in memory of fixed size, and makes a chunk of them. */
export interface ChunkWriter {
  readonly hops: number;
  /** False when it is full; the hop is not taken. */
  add(hop: NewHop): boolean;
  /** Everything gathered so far, and begins anew. */
  take(head: ChunkHead): Buffer;
}

export interface ChunkHead {
  readonly process: number;
  readonly sequence: number;
  /** The sampling level in force. */
  readonly level: number;
}

const maxHops = 4_096;
const rowsBytes = 160 * 1_024;
/** More than a hop can take. */
const longestRow = 176;
const maxStrings = 1_024;
/** Smaller chunks are mostly what differs between hops. */
const deflateFromBytes = 256;

const kindNumbers = new Map<HopKind, number>(hopKinds.map((kind, number) => [kind, number]));

/** `indexedBy`: what its hops can be found by besides event and pushkey. */
export function createChunkWriter(
  fingerprints: Fingerprints,
  indexedBy: readonly TraceIndex[] = [],
): ChunkWriter {
  const indexes = traceIndexes.filter((one) => indexedBy.includes(one)); // in the order of the form
  const flags = indexes.reduce((sum, one) => sum | indexFlags[one], 0);
  const rows = Buffer.allocUnsafe(rowsBytes);
  const deliveries = Buffer.alloc(maxHops * blockBytes);
  const pushkeys = Buffer.alloc(maxHops * blockBytes);
  const strings = new Map<string, number>();
  let at = 0;
  let count = 0;
  let namedCount = 0;
  let firstAt = 0;
  let lastAt = 0;

  function varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      rows[at++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    rows[at++] = rest;
  }

  /** 48 bits, big-endian. */
  function sixBytes(value: number): void {
    for (const half of [Math.floor(value / 2 ** 24), value % 2 ** 24]) {
      rows[at++] = half >>> 16;
      rows[at++] = half >>> 8;
      rows[at++] = half;
    }
  }

  function stringNumber(text: string | undefined): number {
    if (text === undefined) return 0;
    let number = strings.get(text);
    if (number === undefined) strings.set(text, (number = strings.size + 1));
    return number;
  }

  function providerId(id: string): void {
    const uuid = writeUuid(id, rows, at + 1);
    rows[at++] = idForms[uuid];
    if (uuid !== 'none') {
      at += 16;
      return;
    }
    const written = rows.write(shortProviderId(id), at + 1, maxProviderIdBytes, 'utf8');
    rows[at] = written;
    at += 1 + written;
  }

  function printsOf(
    of: 'deliveries' | 'pushkeys',
    blocks: Buffer,
    blockCount: number,
    bytes: number,
  ): Buffer {
    const encrypted = fingerprints.blocks(of, blocks.subarray(0, blockCount * blockBytes));
    const prints = Buffer.allocUnsafe(blockCount * bytes);
    for (let index = 0, to = 0; index < blockCount; index++) {
      const from = index * blockBytes;
      for (let offset = from; offset < from + bytes; offset++) prints[to++] = encrypted[offset] ?? 0;
    }
    return prints;
  }

  return {
    get hops() {
      return count;
    },
    add(hop) {
      if (count === maxHops || at > rowsBytes - longestRow || strings.size > maxStrings - 3) return false;
      if (count === 0) firstAt = lastAt = hop.at;
      const { eventKey, pushkey, word, durationMs, until, cure, deliveryId } = hop;
      const named = eventKey !== undefined && pushkey !== undefined;
      rows[at++] = kindNumbers.get(hop.kind) ?? 0; // the map has every kind
      rows[at++] =
        Math.max(0, laneNumbers.indexOf(hop.lane)) |
        (named ? parts.names : 0) |
        (word === undefined ? 0 : parts.word) |
        (durationMs === undefined ? 0 : parts.duration) |
        (until === undefined ? 0 : parts.until) |
        (hop.providerId === undefined ? 0 : parts.providerId) |
        (cure === undefined ? 0 : parts.cure);
      varint(zigzag(hop.at - lastAt));
      lastAt = hop.at;
      varint(stringNumber(hop.app));
      if (named) {
        sixBytes(fingerprints.event(eventKey).print);
        for (const one of indexes) {
          const name = hop[one];
          sixBytes(name === undefined ? 0 : fingerprints.named(one, name));
        }
        writePushkey(pushkey, pushkeys, namedCount++ * blockBytes);
      }
      if (word !== undefined) varint(stringNumber(word));
      if (durationMs !== undefined) varint(Math.max(0, Math.round(durationMs)));
      if (until !== undefined) varint(zigzag(Math.round(until) - hop.at));
      if (hop.providerId !== undefined) providerId(hop.providerId);
      if (cure !== undefined) varint(stringNumber(cure));
      writeDelivery(deliveryId ?? '', deliveries, count * blockBytes);
      count += 1;
      return true;
    },
    take({ process, sequence, level }) {
      const list = Buffer.concat([...strings.keys()].map(lengthAndText));
      const body = Buffer.concat([
        varintOf(strings.size),
        list,
        varintOf(count),
        varintOf(namedCount),
        rows.subarray(0, at),
        printsOf('pushkeys', pushkeys, namedCount, printBytes.pushkey),
        printsOf('deliveries', deliveries, count, printBytes.delivery),
      ]);
      const deflated = body.length < deflateFromBytes ? body : deflateRawSync(body, { level: 1 });
      const smaller = deflated.length < body.length;
      const head = Buffer.alloc(headBytes);
      head.writeUInt8(version, 0);
      head.writeUInt8(flags | (smaller ? deflatedFlag : 0), 1);
      head.writeUInt32BE(fingerprints.keyId, 2);
      head.writeUInt32BE(process, 6);
      head.writeUInt32BE(sequence, 10);
      head.writeUInt8(level, 14);
      head.writeUIntBE(count === 0 ? Date.now() : firstAt, 15, 6);
      strings.clear();
      at = 0;
      count = 0;
      namedCount = 0;
      return Buffer.concat([head, smaller ? deflated : body]);
    },
  };
}

/** Small numbers of either sign to small numbers. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function varintOf(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

function lengthAndText(text: string): Buffer {
  const bytes = Buffer.from(text).subarray(0, maxStringBytes);
  return Buffer.concat([varintOf(bytes.length), bytes]);
}
