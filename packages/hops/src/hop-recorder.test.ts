import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../test/redis/private-redis.ts';
import { findHops, mostHops } from './find-hops.ts';
import { createFingerprints, type TraceIndex } from './fingerprints.ts';
import { createHopRecorder, type HopRecorder } from './hop-recorder.ts';
import type { HopQuestion } from './hop-search.ts';
import type { NewHop } from './hop.ts';
import { readHopKey } from './hop-store.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

let prefixes = 0;
const day = 86_400_000;

/** Recorders of their own keys on Redis. */
async function setup(
  settings: {
    readonly keepMs?: number;
    readonly maxMemoryBytes?: number;
    readonly index?: readonly TraceIndex[];
  } = {},
) {
  const keyPrefix = `t${prefixes++}`;
  const dropped: number[] = [];
  const sampled: number[] = [];
  const clients: Redis[] = [];
  const recorders: HopRecorder[] = [];
  const connect = async (): Promise<Redis> => {
    const redis = new Redis(server.port);
    redis.on('error', () => undefined);
    clients.push(redis);
    await once(redis, 'ready');
    return redis;
  };
  const redis = await connect();
  const recorder = async (flushMs = 60_000): Promise<HopRecorder> => {
    const made = createHopRecorder({
      redis: await connect(),
      keyPrefix,
      keepMs: day,
      maxMemoryBytes: 67_108_864,
      flushMs,
      observer: { dropped: (hops) => dropped.push(hops), sampledOneIn: (count) => sampled.push(count) },
      ...settings,
    });
    recorders.push(made);
    await expect.poll(() => readHopKey(redis, keyPrefix)).toBeDefined();
    return made;
  };
  return {
    keyPrefix,
    redis,
    dropped,
    sampled,
    recorder,
    find: (eventKey: string, pushkey?: string) =>
      findHops(redis, keyPrefix, {
        eventKey,
        withinMs: 30_000,
        ...(pushkey !== undefined && { pushkeys: [pushkey] }),
      }),
    search: (question: Omit<HopQuestion, 'withinMs'>) =>
      findHops(redis, keyPrefix, { ...question, withinMs: 30_000 }),
    async [Symbol.asyncDispose]() {
      await Promise.all(recorders.map((one) => one.close()));
      for (const client of clients) client.disconnect();
    },
  };
}

const queued = (event: string, phone: string, at: number): NewHop => ({
  kind: 'queued',
  at,
  app: 'app',
  lane: 'high',
  eventKey: event,
  pushkey: phone,
  deliveryId: `${event}${phone}`.padEnd(22, '_'),
});
const later = (event: string, phone: string, at: number, facts: Partial<NewHop>): NewHop => {
  const { eventKey: _event, pushkey: _pushkey, ...hop } = queued(event, phone, at);
  return { ...hop, kind: 'delivered', ...facts };
};

test('what several processes saw of an event becomes one way for each device', async () => {
  await using site = await setup();
  const [door, worker] = [await site.recorder(), await site.recorder()];
  const now = Date.now();
  worker.ordinary(later('$a', 'one', now + 60, { word: 'ok', durationMs: 50, providerId: 'id-1' }));
  await worker.close(); // a worker's chunk may come before the front door's
  door.ordinary(queued('$a', 'one', now));
  door.ordinary(queued('$a', 'two', now + 1));
  door.ordinary(queued('$b', 'one', now + 2));
  door.problem({ ...queued('$a', 'one', now + 300_000), kind: 'duplicate' }, '$a');
  door.problem({ kind: 'unknown_app', at: now + 3, word: 'com.other', eventKey: '$a', pushkey: 'x' }, '$a');
  await door.close();

  const found = await site.find('$a');
  expect(found?.ways.map(({ hops }) => hops.map(({ kind }) => kind))).toEqual([
    ['queued', 'delivered', 'duplicate'],
    ['queued'],
    ['unknown_app'],
  ]);
  expect(found).toMatchObject({ sampledOut: [], otherKey: 0, unreadable: 0, complete: true });
  expect(found?.ways[0]?.hops[1]).toMatchObject({
    word: 'ok',
    durationMs: 50,
    providerId: 'id-1',
    app: 'app',
  });

  const one = await site.find('$a', 'two');
  expect(one?.ways.map(({ hops }) => hops.length)).toEqual([1]);
  expect((await site.find('$a', 'nobody'))?.ways).toEqual([]);
  expect((await site.find('$c'))?.ways).toEqual([]);
});

const kindsOf = (found: Awaited<ReturnType<typeof findHops>>) =>
  found?.ways.map(({ hops }) => hops.map(({ kind }) => kind));

test('a pushkey finds its own pushes of every event, however it is spelled, and between two times only those', async () => {
  await using site = await setup();
  const [door, worker] = [await site.recorder(), await site.recorder()];
  const now = Date.now();
  for (const [index, event] of ['$a', '$b', '$c'].entries()) {
    door.ordinary(queued(event, 'one', now + index * 1_000));
    door.ordinary(queued(event, 'two', now + index * 1_000));
    worker.ordinary(later(event, 'one', now + index * 1_000 + 50, { word: event }));
  }
  door.problem({ kind: 'unusable', at: now + 3_000, word: 'x', eventKey: '$d', pushkey: 'one' }, '$d');
  door.problem({ kind: 'unusable', at: now + 3_001, word: 'x', eventKey: '$e', pushkey: 'one' }, '$e');
  await Promise.all([door.close(), worker.close()]);

  const delivered = ['queued', 'delivered'];
  const all = await site.search({ pushkeys: ['ONE', 'one'] });
  expect(kindsOf(all)).toEqual([delivered, delivered, delivered, ['unusable'], ['unusable']]);
  expect(new Set(all?.ways.map(({ event }) => event)).size).toBe(5);
  const one = await site.search({ pushkeys: ['one'], since: now + 500, until: now + 1_500 });
  expect(kindsOf(one)).toEqual([delivered]);
  expect(one?.ways[0]?.hops[1]?.word).toBe('$b');
  expect(kindsOf(await site.search({ pushkeys: ['one'], since: now + 5_000 }))).toEqual([]);
  expect(kindsOf(await site.search({ pushkeys: ['one'], until: now - 1 }))).toEqual([]);
  expect(kindsOf(await site.search({ pushkeys: ['nobody'] }))).toEqual([]);
});

test('rooms and senders find pushes where they are indexed; elsewhere it is said that they are not', async () => {
  await using site = await setup({ index: ['sender', 'room'] });
  const door = await site.recorder();
  const now = Date.now();
  const named = (event: string, room?: string, sender?: string) =>
    door.ordinary({ ...queued(event, 'one', now), room, sender });
  named('$a', '!kitchen:example.org', '@a:example.org');
  named('$b', '!kitchen:example.org', '@b:example.org');
  named('$c');
  await door.close();
  const count = async (question: Omit<HopQuestion, 'withinMs'>) => (await site.search(question))?.ways.length;
  const room = '!kitchen:example.org';
  expect(await count({ room })).toBe(2);
  expect(await count({ sender: '@b:example.org' })).toBe(1);
  expect(await count({ room, sender: '@a:example.org', pushkeys: ['one'] })).toBe(1);
  expect(await count({ room: '@a:example.org' })).toBe(0);
  expect(await count({ room: '' })).toBe(0);
  expect(await count({ eventKey: '$c' })).toBe(1);

  await using other = await setup({ index: ['room'] });
  const plain = await other.recorder();
  plain.ordinary({ ...queued('$a', 'one', now), room, sender: '@a:example.org' });
  await plain.close();
  expect(await other.search({ sender: '@a:example.org' })).toMatchObject({ ways: [], notIndexed: 1 });
  expect(await other.search({ room })).toMatchObject({ ways: [{}], notIndexed: 0 });
  const chunks = await other.redis.xrangeBuffer(`${other.keyPrefix}:{trace}:ordinary`, '-', '+');
  expect(chunks[0]?.[1][1]?.toString('latin1')).not.toContain('kitchen');
});

test('what a flood has filled is told as far as its latest, and that there is more', async () => {
  await using site = await setup();
  const door = await site.recorder(1);
  const now = Date.now();
  const total = mostHops + 9_000;
  for (let index = 0; index < total; index++) door.ordinary(queued(`$${index}`, 'one', now + index));
  await door.close();
  const found = await site.search({ pushkeys: ['one'] });
  expect(found?.tooMany).toBe(true);
  expect(found?.ways.length).toBeGreaterThanOrEqual(mostHops);
  expect(found?.ways.length).toBeLessThan(total);
  expect(found?.ways.at(-1)?.hops[0]?.at).toBe(now + total - 1);
});

test("a worker's word about a problem stands alone where the front door kept nothing", async () => {
  await using site = await setup();
  const worker = await site.recorder();
  const now = Date.now();
  for (const at of [now + 10, now + 5_000]) {
    worker.problem({ ...queued('$a', 'one', now), kind: 'accepted' }, '$a');
    worker.problem(later('$a', 'one', at, { kind: 'later', word: 'ServiceUnavailable' }), '$a');
  }
  await worker.close();
  const found = await site.find('$a');
  expect(found?.ways.map(({ hops }) => hops.map(({ kind }) => kind))).toEqual([
    ['accepted', 'later', 'later'],
  ]);
});

test('nothing was ever recorded: undefined; a key of somebody else: said so', async () => {
  await using site = await setup();
  expect(await site.find('$a')).toBeUndefined();
  const door = await site.recorder();
  door.ordinary(queued('$a', 'one', Date.now()));
  await door.close();
  await site.redis.set(`${site.keyPrefix}:{trace}:key`, 'rotated');
  expect(await site.find('$a')).toMatchObject({ ways: [], otherKey: 1 });
});

test('a rotated or lost key is in force at every process with its next chunk', async () => {
  await using site = await setup();
  const door = await site.recorder(10);
  for (const change of [
    () => site.redis.set(`${site.keyPrefix}:{trace}:key`, 'rotated'),
    () => site.redis.flushall(),
  ]) {
    await change();
    await expect
      .poll(async () => {
        door.ordinary(queued('$a', 'one', Date.now()));
        return (await site.find('$a'))?.ways.length;
      })
      .toBe(1);
  }
});

test('a Redis that is away delays hops, then drops and counts them, and never throws', async () => {
  await using site = await setup();
  const door = await site.recorder(20);
  await server.kill();
  door.ordinary(queued('$kept', 'one', Date.now()));
  for (let index = 0; site.dropped.length === 0; index++) {
    door.ordinary({ ...queued(`$${index}`, 'one', Date.now()), providerId: `${index}`.repeat(12) });
  }
  expect(site.dropped.every((hops) => hops > 100)).toBe(true);
  await server.restart();
  await expect.poll(async () => (await site.find('$kept').catch(() => undefined))?.ways.length).toBe(1);
});

test('a chunk that Redis took without saying so is read once', async () => {
  await using site = await setup();
  const door = await site.recorder();
  door.ordinary(queued('$a', 'one', Date.now()));
  await door.close();
  const stream = `${site.keyPrefix}:{trace}:ordinary`;
  const [entry] = await site.redis.xrangeBuffer(stream, '-', '+');
  await site.redis.xadd(stream, '*', 'c', entry?.[1][1] ?? '');
  expect((await site.find('$a'))?.ways[0]?.hops).toHaveLength(1);
});

test('what is no chunk, or of a newer version, is passed over and counted', async () => {
  await using site = await setup();
  const door = await site.recorder();
  door.ordinary(queued('$a', 'one', Date.now()));
  await door.close();
  for (const strange of ['', 'x', '\u0003'.repeat(40), '\u0002'.repeat(40)])
    await site.redis.xadd(`${site.keyPrefix}:{trace}:ordinary`, '*', 'c', strange);
  const found = await site.find('$a');
  expect(found?.ways).toHaveLength(1);
  expect(found?.unreadable).toBe(3);
});

test('beyond its memory it samples whole events and says so; problems stay', async () => {
  await using site = await setup({ maxMemoryBytes: 1_048_576, keepMs: 240_000 });
  const [door, worker] = [await site.recorder(5), await site.recorder(5)];
  door.problem({ ...queued('$bad', 'one', Date.now()), kind: 'duplicate' }, '$bad');
  const untilSampling = performance.now() + 100_000;
  let events = 0;
  const kept: string[] = [];
  const left: string[] = [];
  while (left.length < 50 && performance.now() < untilSampling) {
    for (let index = 0; index < 200; index++) {
      const event = `$${events++}`;
      const keeps = door.samples(event);
      if (keeps) {
        door.ordinary(queued(event, 'one', Date.now()));
        worker.ordinary(later(event, 'one', Date.now() + 1, { word: 'ok' }));
      }
      (keeps ? kept : left).push(event);
    }
    await site.redis.ping(); // at no more than Redis takes
  }
  await Promise.all([door.close(), worker.close()]);
  expect(site.dropped).toEqual([]);
  expect(site.sampled.at(-1)).toBeGreaterThan(1);

  const [last, out] = [kept.at(-1) ?? '', left.at(-1) ?? ''];
  expect((await site.find(last))?.ways.map(({ hops }) => hops.length)).toEqual([2]);
  const missing = await site.find(out);
  expect(missing?.ways).toEqual([]);
  expect(missing?.sampledOut[0]?.oneIn).toBeGreaterThan(1);
  expect((await site.find('$bad'))?.ways).toHaveLength(1);
});

test('neither its time nor its memory is exceeded', async () => {
  await using site = await setup({ maxMemoryBytes: 1_048_576, keepMs: 3_600_000 });
  const memory = async (): Promise<number> =>
    Number(await site.redis.call('MEMORY', 'USAGE', `${site.keyPrefix}:{trace}:ordinary`, 'SAMPLES', '0'));
  const door = await site.recorder(1);
  for (let round = 0; round < 60; round++) {
    // Chunks of one hop and of many, all of them against the sampling level.
    for (let index = 0; index < (round % 2 === 0 ? 1 : 2_000); index++) {
      door.ordinary({ ...queued(`$${round}-${index}`, 'one', Date.now()), providerId: `${Math.random()}` });
    }
    await expect.poll(() => site.redis.xlen(`${site.keyPrefix}:{trace}:ordinary`)).toBeGreaterThan(0);
  }
  await door.close();
  expect(site.dropped).toEqual([]);
  expect(await memory()).toBeGreaterThan(0.4 * 0.75 * 1_048_576);
  expect(await memory()).toBeLessThan(0.75 * 1_048_576);
  expect((await site.find('$0-0'))?.ways).toEqual([]);
  expect((await site.find('$59-1999'))?.ways).toHaveLength(1);
  for (const kind of ['ordinary', 'ordinary:state'])
    expect(await site.redis.pttl(`${site.keyPrefix}:{trace}:${kind}`)).toBeGreaterThan(3_000_000);
});

test('what is older than it is kept goes with the next chunk', async () => {
  await using site = await setup({ keepMs: 60_000 });
  const stream = `${site.keyPrefix}:{trace}:ordinary`;
  const door = await site.recorder(5);
  await site.redis.xadd(stream, '1-1', 'c', 'x'.repeat(100));
  door.ordinary(queued('$a', 'one', Date.now()));
  await expect.poll(async () => (await site.redis.xrange(stream, '-', '2')).length).toBe(0);
  expect((await site.find('$a'))?.ways).toHaveLength(1);
});

test('with `keep: 0s` nothing is written, and no delivery is marked', async () => {
  await using site = await setup();
  const redis = site.redis;
  const none = createHopRecorder({
    redis,
    keyPrefix: site.keyPrefix,
    keepMs: 0,
    maxMemoryBytes: 1,
    observer: { dropped: () => undefined, sampledOneIn: () => undefined },
  });
  none.ordinary(queued('$a', 'one', 1));
  none.problem(queued('$a', 'one', 1), '$a');
  await none.close();
  expect([none.samples('$a'), none.samples(undefined)]).toEqual([true, true]);
  expect(await redis.keys(`${site.keyPrefix}:*`)).toEqual([]);
});

test('two fingerprints of one event are the same in all processes, through Redis', async () => {
  await using site = await setup();
  await Promise.all([site.recorder(), site.recorder(), site.recorder()]);
  const key = await readHopKey(site.redis, site.keyPrefix);
  expect(key).toMatch(/^[\w-]{43}$/);
  expect(createFingerprints(key ?? '').event('$a')).toEqual(createFingerprints(key ?? '').event('$a'));
});
