import { expect, test } from 'vitest';
import { ChunkError, readChunk } from './chunk-reader.ts';
import { createChunkWriter } from './chunk-writer.ts';
import { createFingerprints, newHopKey } from './fingerprints.ts';
import { hopKinds, withoutDelivery, type NewHop } from './hop.ts';

const fingerprints = createFingerprints(newHopKey());
const head = { process: 1, sequence: 2, level: 3 };
const at = 1_795_249_875_123;

function chunkOf(...hops: readonly NewHop[]): Buffer {
  const writer = createChunkWriter(fingerprints);
  for (const hop of hops) if (!writer.add(hop)) throw new Error('full');
  return writer.take(head);
}

const read = (bytes: Buffer) => readChunk(bytes).hops(() => true);

test('each kind of hop comes back as it was, with fingerprints in place of what it names', () => {
  const names = { eventKey: '$event', pushkey: 'pushkey', deliveryId: 'Zm9vYmFyYmF6Zm9vYmFyYg' };
  const facts = {
    app: 'com.example.app',
    lane: 'calls',
    word: 'Unregistered',
    cure: 'mend it',
    durationMs: 52,
    until: at + 90_000,
    providerId: '9F1C0A7E-0B1D-4C2E-8F3A-5B6C7D8E9F00',
  } as const;
  const hops = hopKinds.map((kind, index) => ({ kind, at: at + index * 7, ...facts, until: at - index }));
  const delivery: unknown = expect.any(Number);
  const found = read(chunkOf(...hops.map((hop) => ({ ...hop, ...names }))));
  expect(found).toEqual(
    hops.map((hop) => ({
      ...hop,
      event: fingerprints.event(names.eventKey).print,
      pushkey: fingerprints.pushkey(names.pushkey),
      ...(!withoutDelivery.has(hop.kind) && { delivery }),
    })),
  );
});

test('a hop with nothing but its kind and time, and one from before the first, come back', () => {
  const hops = [
    { kind: 'queued', at },
    { kind: 'expired', at: at - 86_400_000 },
  ] as const;
  expect(read(chunkOf(...hops))).toMatchObject(hops);
});

test('nothing that a hop names stands in its chunk', () => {
  const secrets = {
    eventKey: '$secretEvent',
    pushkey: 'secretPushkey',
    deliveryId: 'secretDelivery012345678',
  };
  const chunk = chunkOf({ kind: 'queued', at, ...secrets }).toString('latin1');
  for (const secret of Object.values(secrets)) expect(chunk).not.toContain(secret.slice(0, 6));
});

test.each([
  [
    'of another form',
    'projects/example/messages/0:1700000000000001%31bd1c96f9fd7ecd',
    '0:1700000000000001%31bd1c96f9fd7ecd',
  ],
  ['in small letters', '9f1c0a7e-0b1d-4c2e-8f3a-5b6c7d8e9f00', '9f1c0a7e-0b1d-4c2e-8f3a-5b6c7d8e9f00'],
  ['in mixed letters', '9f1c0a7E-0b1d-4c2e-8f3a-5b6c7d8e9f00', '9f1c0a7E-0b1d-4c2e-8f3a-5b6c7d8e9f00'],
  ['almost a UUID', '9f1c0a7e-0b1d-4c2e-8f3a-5b6c7d8e9f0g', '9f1c0a7e-0b1d-4c2e-8f3a-5b6c7d8e9f0g'],
  ['empty', '', ''],
  ['overlong', 'x'.repeat(1_000), 'x'.repeat(96)],
])("a provider's id %s is kept", (_, providerId, kept) => {
  expect(read(chunkOf({ kind: 'delivered', at, providerId }))).toMatchObject([{ providerId: kept }]);
});

test('strings of strangers, long ones and many of them, are cut and never break a chunk', () => {
  const words = [
    '\u0000\u001b[2J',
    '\ud800',
    '🔔'.repeat(500),
    '',
    '__proto__',
    ...Array.from({ length: 900 }, String),
  ];
  const found = read(chunkOf(...words.map((word) => ({ kind: 'unknown_app', at, word }) as const)));
  expect(found).toHaveLength(words.length);
  expect(found[0]?.word).toBe(words[0]);
  expect(found[2]?.word).toBe('🔔'.repeat(60));
  expect(found[4]?.word).toBe('__proto__');
});

test('a writer that is full says so, and begins anew once its chunk was taken', () => {
  const writer = createChunkWriter(fingerprints);
  const hop = { kind: 'delivered', at, eventKey: '$e', pushkey: 'p', providerId: 'x'.repeat(96) } as const;
  let taken = 0;
  while (writer.add(hop)) taken += 1;
  expect(taken).toBeGreaterThan(1_000);
  expect(read(writer.take(head))).toHaveLength(taken);
  expect(writer.hops).toBe(0);
  for (let index = 0; writer.add({ kind: 'unknown_app', at, word: String(index) }); index++)
    taken = index + 1;
  expect(read(writer.take(head)).at(-1)?.word).toBe(String(taken - 1));
});

test('the same delivery has the same fingerprint in every chunk, and none under another key', () => {
  const hop = { kind: 'queued', at, deliveryId: 'AAAAAAAAAAAAAAAAAAAAAA' } as const;
  const [first] = read(
    chunkOf({ kind: 'queued', at, deliveryId: 'BBBBBBBBBBBBBBBBBBBBBB' }, hop).subarray(0),
  ).slice(1);
  const [second] = read(chunkOf(hop));
  expect(first?.delivery).toBe(second?.delivery);
  const other = createChunkWriter(createFingerprints(newHopKey()));
  other.add(hop);
  expect(read(other.take(head))[0]?.delivery).not.toBe(second?.delivery);
});

test('the head tells key, process, sequence, level and time; an empty chunk has one too', () => {
  expect(readChunk(chunkOf({ kind: 'queued', at }))).toMatchObject({
    keyId: fingerprints.keyId,
    id: '0000000100000002',
    level: 3,
    at,
  });
  expect(read(chunkOf())).toEqual([]);
});

test('whatever is cut off or turned is known as broken, and read as nothing', () => {
  const whole = chunkOf(
    ...Array.from(
      { length: 60 },
      (_, index) => ({ kind: 'queued', at: at + index, eventKey: `$${index}`, pushkey: 'p' }) as const,
    ),
  );
  for (let length = 0; length < whole.length; length++)
    expect(() => read(whole.subarray(0, length))).toThrow(ChunkError);
  const outcomes = new Set<string>();
  for (let index = 0; index < whole.length; index++) {
    const turned = Buffer.from(whole);
    turned.writeUInt8(turned.readUInt8(index) ^ 255, index);
    outcomes.add(outcomeOf(turned));
  }
  expect(outcomes).toEqual(new Set(['read', 'known as broken']));
});

function outcomeOf(chunk: Buffer): string {
  try {
    read(chunk);
    return 'read';
  } catch (error) {
    return error instanceof ChunkError ? 'known as broken' : String(error);
  }
}
