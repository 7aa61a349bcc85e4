import { inflateRawSync } from 'node:zlib';
import {
  deflatedFlag,
  headBytes,
  idForms,
  indexFlags,
  laneNumbers,
  maxBodyBytes,
  parts,
  version,
} from './chunk.ts';
import { printBytes, type TraceIndex } from './fingerprints.ts';
import { hopKinds, withoutDelivery, type Hop } from './hop.ts';
import { uuidText } from './uuid.ts';

/** A chunk whose hops have not been read yet. */
export interface Chunk {
  readonly keyId: number;
  /** Process and sequence: the same for a chunk that was written twice because Redis did not confirm the first. */
  readonly id: string;
  /** The sampling level in force. */
  readonly level: number;
  /** Milliseconds since 1970: its first hop. */
  readonly at: number;
  /** Whether its hops can be found by this. */
  isIndexed(by: TraceIndex): boolean;
  /** The hops that are `wanted` by their fingerprints. Throws a `ChunkError`. */
  hops(wanted: (prints: HopPrints) => boolean): Hop[];
}

/** What a hop is told by. */
export interface HopPrints {
  readonly event: number | undefined;
  readonly pushkey: number | undefined;
  readonly room: number | undefined;
  readonly sender: number | undefined;
  readonly delivery: number | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Bytes that no version of Carillon wrote, or a newer one. */
export class ChunkError extends Error {
  constructor(options?: ErrorOptions) {
    super('A chunk of hops cannot be read', options);
    this.name = 'ChunkError';
  }
}

/** Reads the head. Throws a `ChunkError`. */
export function readChunk(bytes: Buffer): Chunk {
  if (bytes.length < headBytes || bytes[0] !== version) throw new ChunkError();
  const at = bytes.readUIntBE(15, 6);
  const headFlags = bytes.readUInt8(1);
  const isIndexed = (by: TraceIndex): boolean => (headFlags & indexFlags[by]) !== 0;
  return {
    keyId: bytes.readUInt32BE(2),
    id: bytes.toString('hex', 6, 14),
    level: bytes.readUInt8(14),
    at,
    isIndexed,
    hops(wanted) {
      try {
        const body = bytes.subarray(headBytes);
        const isDeflated = (headFlags & deflatedFlag) !== 0;
        const plain = isDeflated ? inflateRawSync(body, { maxOutputLength: maxBodyBytes }) : body;
        return readBody(plain, at, isIndexed, wanted);
      } catch (error) {
        throw new ChunkError({ cause: error });
      }
    },
  };
}

function readBody(
  body: Buffer,
  firstAt: number,
  isIndexed: Chunk['isIndexed'],
  wanted: Parameters<Chunk['hops']>[0],
): Hop[] {
  const [hasRoom, hasSender] = [isIndexed('room'), isIndexed('sender')];
  let position = 0;

  function byte(): number {
    return body.readUInt8(position++);
  }
  function varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const next = byte();
      value += (next & 127) * scale;
      if (next < 128) return value;
    }
  }
  function zigzag(): number {
    const value = varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  function fixed(length: number): number {
    const value = body.readUIntBE(position, length);
    position += length;
    return value;
  }
  function take(length: number): Buffer {
    if (position + length > body.length) throw new RangeError('cut off');
    position += length;
    return body.subarray(position - length, position);
  }
  /** Made into text only where it is wanted. */
  function providerId(): () => string {
    const form = byte();
    const bytes = form === idForms.none ? take(byte()) : take(16);
    if (form === idForms.none) return () => bytes.toString();
    return () => uuidText(bytes, form === idForms.upper ? 'upper' : 'lower');
  }

  const strings: (string | undefined)[] = [undefined];
  for (let left = varint(); left > 0; left--) strings.push(take(varint()).toString());
  const count = varint();
  const namedCount = varint();
  const deliveriesAt = body.length - count * printBytes.delivery;
  const pushkeysAt = deliveriesAt - namedCount * printBytes.pushkey;
  let named = 0;
  const hops: Hop[] = [];
  let at = firstAt;
  for (let index = 0; index < count; index++) {
    const kind = hopKinds[byte()];
    if (kind === undefined) throw new RangeError('a kind of a newer version');
    const flags = byte();
    at += zigzag();
    const app = strings[varint()];
    const has = (part: number): boolean => (flags & part) !== 0;
    const event = has(parts.names) ? fixed(printBytes.event) : undefined;
    const room = has(parts.names) && hasRoom ? fixed(printBytes.index) : undefined;
    const sender = has(parts.names) && hasSender ? fixed(printBytes.index) : undefined;
    const pushkey = has(parts.names)
      ? body.readUIntBE(pushkeysAt + named++ * printBytes.pushkey, printBytes.pushkey)
      : undefined;
    const word = has(parts.word) ? strings[varint()] : undefined;
    const durationMs = has(parts.duration) ? varint() : undefined;
    const until = has(parts.until) ? at + zigzag() : undefined;
    const id = has(parts.providerId) ? providerId() : undefined;
    const cure = has(parts.cure) ? strings[varint()] : undefined;
    const delivery = withoutDelivery.has(kind)
      ? undefined
      : body.readUIntBE(deliveriesAt + index * printBytes.delivery, printBytes.delivery);
    if (!wanted({ event, pushkey, room, sender, delivery, at })) continue;
    const lane = laneNumbers[flags & 3];
    hops.push({
      kind,
      at,
      ...(app !== undefined && { app }),
      ...(lane !== undefined && { lane }),
      ...(event !== undefined && { event }),
      ...(pushkey !== undefined && { pushkey }),
      ...(word !== undefined && { word }),
      ...(durationMs !== undefined && { durationMs }),
      ...(until !== undefined && { until }),
      ...(id !== undefined && { providerId: id() }),
      ...(cure !== undefined && { cure }),
      ...(delivery !== undefined && { delivery }),
    });
  }
  if (position !== pushkeysAt || named !== namedCount) throw new RangeError('too long or too short');
  return hops;
}
