import { Queue } from 'bullmq';
import { lanes, type Delivery, type Lane } from '@carillon/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAdmissionDesk } from '../admission/admission.ts';
import { deadLetterId, parseDeadLetterId, type DeadLetterRef } from './dead-letter-id.ts';
import { createDeadLetters, type DeadLetter } from './dead-letters.ts';
import type { Settlement } from '../consumer/served-queues.ts';
import { addShards, allShards, readDepths } from '../depths/depths.ts';
import { createConsumer } from '../consumer/consumer.ts';
import { startPrivateCluster, type PrivateCluster } from '../../../../../test/redis/private-cluster.ts';
import { startPrivateRedis, type PrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { laneName, queueName, shardPrefix, type QueueRef } from '../../layout/keys.ts';
import { defineShardScript } from '../../layout/script.ts';
import { fixedShards } from '../../layout/shards.ts';
import { connectPatiently, type RedisSettings } from '../../redis/redis.ts';
import { deliveryFor } from '../../delivery.testing.ts';

const shards = fixedShards(3);
/** Pushkeys of different shards. */
const pushkeys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

let prefixes = 0;
let ids = 0;

function setup(settings: RedisSettings) {
  const keyPrefix = `t${prefixes++}`;
  const redis = connectPatiently(settings);
  const letters = createDeadLetters(redis, keyPrefix);
  const desk = createAdmissionDesk(redis, { keyPrefix, shards, rejectionTtlMs: 60_000, gatherMs: 0 });
  const stops: (() => Promise<void>)[] = [];

  async function listAll(): Promise<readonly DeadLetter[]> {
    const found: DeadLetter[] = [];
    const depths = await readDepths(redis, keyPrefix, allShards(shards));
    for (const { queue } of depths) for await (const letter of letters.list(queue)) found.push(letter);
    return found;
  }

  return {
    redis,
    keyPrefix,
    letters,
    listAll,
    key: (queue: QueueRef, kind: string) => `${keyPrefix}:${queueName(queue)}:${kind}`,
    queueOf: (pushkey: string, lane: Lane = 'high'): QueueRef => ({
      app: 'app',
      lane,
      shard: shards.placeOf(pushkey),
    }),
    async admit(pushkey: string, overrides: Partial<Delivery> = {}) {
      const device = { appId: 'app', pushkey };
      const delivery = deliveryFor({ id: `d${ids++}`, unclaimed: true, device, ...overrides });
      await desk.admit({ delivery, maxBacklog: 1_000 });
    },
    /** Has a worker take what waits. Resolves to the deliveries that it handed out until `count` were taken or set aside. */
    async consume(count: number): Promise<readonly Delivery[]> {
      const taken: Delivery[] = [];
      let left = count;
      const done = Promise.withResolvers<void>();
      const seen = (): void => {
        left -= 1;
        if (left === 0) done.resolve();
      };
      const consumer = createConsumer({
        redis,
        keyPrefix,
        shards,
        concurrency: 30,
        claimLifeMs: 60_000,
        observer: { trouble: () => undefined, recovered: () => undefined, deadLettered: seen },
      });
      const handle = (delivery: Delivery): Promise<Settlement> => {
        taken.push(delivery);
        seen();
        return Promise.resolve({ kind: 'finish' });
      };
      consumer.serve({ app: 'app', lanes, handle });
      const stop = () => consumer.stop(5_000);
      stops.push(stop);
      await done.promise;
      await stop();
      return taken;
    },
    /** What waits there has crashed its workers too often. */
    async condemn(queue: QueueRef): Promise<void> {
      for (const id of await redis.lrange(this.key(queue, 'wait'), 0, -1))
        await redis.hset(this.key(queue, id), { crashes: 2, stc: 6 });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(stops.map((stop) => stop()));
      redis.disconnect();
    },
  };
}

type Setup = ReturnType<typeof setup>;

async function makeDeadLetters(s: Setup): Promise<void> {
  for (const pushkey of pushkeys) await s.admit(pushkey);
  for (const pushkey of pushkeys) await s.condemn(s.queueOf(pushkey));
  await s.consume(pushkeys.length);
}

let server: PrivateRedis;
let cluster: PrivateCluster;
beforeAll(async () => {
  [server, cluster] = await Promise.all([startPrivateRedis(), startPrivateCluster(1)]);
});
afterAll(async () => {
  await Promise.all([server.stop(), cluster[Symbol.asyncDispose]()]);
});

describe.each([
  ['one Redis', () => server.settings],
  ['a Redis Cluster', () => cluster.settings],
])('on %s', (_, settings) => {
  test('what workers set aside is counted, listed with what an operator needs, and on every shard', async () => {
    await using s = setup(settings());
    await makeDeadLetters(s);
    const depths = addShards(await readDepths(s.redis, s.keyPrefix, allShards(shards)), ['app']);
    expect(depths.map(({ lane, deadLetters }) => [lane, deadLetters])).toEqual([
      ['calls', 0],
      ['high', pushkeys.length],
      ['low', 0],
    ]);
    const letters = await s.listAll();
    expect(letters.map(({ delivery }) => delivery?.device.pushkey ?? '').toSorted()).toEqual(pushkeys);
    expect(new Set(letters.map(({ ref }) => ref.queue.shard))).toEqual(new Set([0, 1, 2]));
    for (const letter of letters) {
      expect(letter).toMatchObject({ crashes: 6, reason: 'crashed its workers' });
      expect(Math.abs(Date.now() - letter.setAsideAt)).toBeLessThan(60_000);
      expect(await s.letters.read(letter.ref)).toEqual(letter);
    }
  });

  test('a retry is taken again with a full new chance, and only once', async () => {
    await using s = setup(settings());
    await makeDeadLetters(s);
    const refs = (await s.listAll()).map(({ ref }) => ref);
    const results = await Promise.all(refs.map((ref) => s.letters.retry(ref, Date.now())));
    expect(new Set(results)).toEqual(new Set(['retried']));
    expect(await Promise.all(refs.map((ref) => s.letters.retry(ref, Date.now())))).toEqual(
      refs.map(() => 'gone'),
    );
    for (const { queue, number } of refs)
      expect(Object.keys(await s.redis.hgetall(s.key(queue, number))).toSorted()).toEqual([
        'data',
        'name',
        'timestamp',
      ]);
    const taken = await s.consume(refs.length);
    expect(taken.map(({ device }) => device.pushkey).toSorted()).toEqual(pushkeys);
    expect(await s.listAll()).toEqual([]);
  });

  test('a dropped one leaves nothing behind', async () => {
    await using s = setup(settings());
    await makeDeadLetters(s);
    const letters = await s.listAll();
    for (const { ref } of letters) expect(await s.letters.drop(ref)).toBe(true);
    for (const { ref } of letters) {
      expect(await s.letters.drop(ref)).toBe(false);
      expect(await s.redis.exists(s.key(ref.queue, ref.number), s.key(ref.queue, 'failed'))).toBe(0);
    }
  });
});

test('wakes a worker that sleeps', async () => {
  await using s = setup(server.settings);
  await makeDeadLetters(s);
  const [letter] = await s.listAll();
  if (letter === undefined) throw new Error('there is no dead letter');
  const { queue } = letter.ref;
  const prefix = shardPrefix(s.keyPrefix, queue.shard);
  defineShardScript(s.redis, 'carillonServe', 'serve');
  await s.redis.carillonServe(prefix, 'a-bell', 60_000, laneName(queue));
  await s.letters.retry(letter.ref, Date.now());
  expect(await s.redis.zcard(`${prefix}bell:a-bell`)).toBe(1);
});

test('what is no delivery, and what has expired, stay where they are', async () => {
  await using s = setup(server.settings);
  const queue = s.queueOf('a');
  const bull = new Queue(queueName(queue), { connection: s.redis, prefix: s.keyPrefix });
  const { id = '' } = await bull.add('delivery', {}, { jobId: 'no-json' });
  await s.redis.hset(bull.toKey(id), 'data', '{no JSON');
  await s.consume(1);
  await s.admit('a', { expiresAt: Date.now() + 60_000 });
  await s.condemn(queue);
  await s.consume(1);

  const letters = await s.listAll();
  const results = letters.map(async ({ ref, delivery, reason }) => [
    reason,
    delivery?.device.pushkey,
    await s.letters.retry(ref, Date.now() + 60_000),
  ]);
  expect(await Promise.all(results)).toEqual([
    [expect.any(String), 'a', 'expired'],
    ['not a delivery', undefined, 'unreadable'],
  ]);
  expect(await s.listAll()).toEqual(letters);
});

test('many of one queue are read in pages, the latest first', async () => {
  await using s = setup(server.settings);
  for (let index = 0; index < 120; index += 1) await s.admit('a');
  const queue = s.queueOf('a');
  await s.condemn(queue);
  await s.consume(120);
  const times = (await s.listAll()).map(({ setAsideAt }) => setAsideAt);
  expect(times).toHaveLength(120);
  expect(times).toEqual(times.toSorted((a, b) => b - a));
});

test.each<[string, DeadLetterRef]>([
  ['app/0/high/17', { queue: { app: 'app', shard: 0, lane: 'high' }, number: '17' }],
  ['with/slash/*/12/calls/9', { queue: { app: 'with/slash/*', shard: 12, lane: 'calls' }, number: '9' }],
])('%s names a dead letter', (id, ref) => {
  expect(parseDeadLetterId(id)).toEqual(ref);
  expect(deadLetterId(ref)).toBe(id);
});

test.each(['', '17', 'app/high/17', 'app/0/fast/17', '/0/high/17', 'app/x/high/17', 'app/0/high/'])(
  '%j names none',
  (id) => {
    expect(parseDeadLetterId(id)).toBeUndefined();
  },
);
