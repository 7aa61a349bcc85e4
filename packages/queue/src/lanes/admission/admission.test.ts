import { Worker, type Job } from 'bullmq';
import { encodeDelivery, registrationKey } from '@carillon/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdmissionDesk, type AdmissionOptions, type AdmissionRequest } from './admission.ts';
import { startPrivateRedis, type PrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { queueName, shardPrefix } from '../../layout/keys.ts';
import { fixedShards } from '../../layout/shards.ts';
import { connectFailingFast, connectPatiently } from '../../redis/redis.ts';
import { createKnownRegistrations } from '../../state/known/known-registrations.ts';
import { createRejections } from '../../state/rejections.ts';
import { deliveryFor } from '../../delivery.testing.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

let prefixes = 0;

const shards = fixedShards(1);
const optionsFor = (keyPrefix: string) => ({ keyPrefix, shards, rejectionTtlMs: 60_000, gatherMs: 0 });

/** A desk with keys of its own on the shared server. */
async function setup(options: Partial<AdmissionOptions> = {}) {
  const keyPrefix = `t${prefixes++}`;
  const redis = connectFailingFast(server.settings);
  redis.on('error', () => undefined);
  await new Promise((resolve) => redis.once('ready', resolve));
  const desk = createAdmissionDesk(redis, { ...optionsFor(keyPrefix), ...options });
  const prefix = shardPrefix(keyPrefix, 0);
  return { keyPrefix, prefix, redis, desk, [Symbol.dispose]: () => redis.disconnect() };
}

const admission = (overrides: Parameters<typeof deliveryFor>[0] = {}): AdmissionRequest => ({
  delivery: deliveryFor(overrides),
  maxBacklog: 1_000,
});

// Invariant 3.
test('queues the first of twenty equal deliveries and calls the others duplicates', async () => {
  using s = await setup();
  const results = await Promise.all(Array.from({ length: 20 }, () => s.desk.admit(admission())));
  expect(results.toSorted()).toEqual([...Array<string>(19).fill('duplicate'), 'queued']);
  expect(await s.redis.llen(`${s.prefix}app/high:wait`)).toBe(1);
});

test('takes a retry in another lane for the duplicate that it is', async () => {
  using s = await setup();
  expect(await s.desk.admit(admission({ lane: 'high' }))).toBe('queued');
  expect(await s.desk.admit(admission({ lane: 'low' }))).toBe('duplicate');
});

test('queues every delivery that is not to be claimed', async () => {
  using s = await setup();
  const unclaimed = (id: string) => s.desk.admit(admission({ id, unclaimed: true }));
  expect(await Promise.all([unclaimed('a'), unclaimed('b')])).toEqual(['queued', 'queued']);
});

test('rejects a dead pushkey until it is registered anew', async () => {
  using s = await setup();
  const rejections = createRejections(s.redis, { keyPrefix: s.keyPrefix, shards, ttlMs: 60_000 });
  const at = (pushkeyTs: number, id: string) =>
    admission({ id, device: { appId: 'app', pushkey: 'k', pushkeyTs } });
  await rejections.record(at(100, 'a').delivery, undefined);
  expect(await s.desk.admit(at(100, 'b'))).toBe('rejected');
  expect(await s.desk.admit(at(99, 'c'))).toBe('rejected');
  expect(await s.desk.admit(admission({ id: 'd', device: { appId: 'app', pushkey: 'k' } }))).toBe('rejected');
  expect(await s.desk.admit(at(101, 'e'))).toBe('queued');
  expect(await s.desk.admit(at(100, 'f'))).toBe('queued'); // the newer registration ended the rejection
});

test('has the provider asked about a dead pushkey once a day where nothing tells its age', async () => {
  using s = await setup();
  const rejections = createRejections(s.redis, { keyPrefix: s.keyPrefix, shards, ttlMs: 60_000 });
  const to = (id: string, pushkeyTs?: number) =>
    admission({ id, device: { appId: 'app', pushkey: 'k', ...(pushkeyTs !== undefined && { pushkeyTs }) } });
  const key = `${s.prefix}dead:${registrationKey(to('any').delivery.device)}`;
  const aDayPasses = async () => {
    const [deadTs, askedTs] = (await s.redis.get(key))?.split(' ') ?? [];
    await s.redis.set(key, `${deadTs} ${Number(askedTs) - 86_401}`, 'PX', 60_000);
  };
  // It died long ago, as Apple says, and homeservers with and without `pushkey_ts` hold it.
  await rejections.record(to('a', 100).delivery, Date.now() - 30 * 86_400_000);
  expect(await s.desk.admit(to('b'))).toBe('rejected');
  await aDayPasses();
  expect(await s.desk.admit(to('c', 100))).toBe('rejected');
  expect(await s.desk.admit(to('d'))).toBe('queued');
  expect(await rejections.isRejected(to('d').delivery)).toBe(false); // nor does the worker drop it

  await rejections.record(to('d').delivery, Date.now() - 30 * 86_400_000);
  expect(await s.desk.admit(to('e'))).toBe('rejected');
  await aDayPasses();
  expect(await s.desk.admit(to('f'))).toBe('queued');
});

// Invariant 2.
test('claims nothing for a rejected pushkey', async () => {
  using s = await setup();
  const rejections = createRejections(s.redis, { keyPrefix: s.keyPrefix, shards, ttlMs: 60_000 });
  const { delivery } = admission();
  await rejections.record(delivery, undefined);
  expect(await s.desk.admit(admission())).toBe('rejected');
  expect(await s.redis.exists(`${s.prefix}app/high:${delivery.id}`, `${s.prefix}claim:${delivery.id}`)).toBe(
    0,
  );
});

test('tells the twenty outcomes of one batch apart', async () => {
  using s = await setup();
  await s.desk.admit(admission({ id: 'd3' }));
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      s.desk.admit(admission({ id: `d${i}`, lane: i % 2 === 0 ? 'high' : 'low' })),
    ),
  );
  expect(results.map((result) => result === 'duplicate')).toEqual(
    Array.from({ length: 20 }, (_, i) => i === 3),
  );
});

test('refuses at once and claims nothing while Redis is out of memory', async () => {
  await using full = await startPrivateRedis({ args: ['--maxmemory', '1'] });
  const redis = connectFailingFast(full.settings);
  await new Promise((resolve) => redis.once('ready', resolve));
  const desk = createAdmissionDesk(redis, optionsFor('c'));
  await expect(desk.admit(admission())).rejects.toThrow(/OOM/);
  expect(await redis.dbsize()).toBe(0);
  redis.disconnect();
});

test('refuses within a second while Redis is frozen, and the retry meets its own claim', async () => {
  await using frozen = await startPrivateRedis();
  const redis = connectFailingFast(frozen.settings);
  redis.on('error', () => undefined);
  await new Promise((resolve) => redis.once('ready', resolve));
  const desk = createAdmissionDesk(redis, optionsFor('c'));
  frozen.freeze();
  await expect(desk.admit(admission())).rejects.toThrow('Command timed out');
  frozen.thaw();
  await expect.poll(() => desk.admit(admission()).catch(() => 'unreachable')).toBe('duplicate');
  expect(await redis.llen(`${shardPrefix('c', 0)}app/high:wait`)).toBe(1);
  redis.disconnect();
});

test('writes jobs that a worker of BullMQ takes', async () => {
  using s = await setup();
  const request = admission();
  await s.desk.admit(request);
  const connection = connectPatiently(server.settings);
  const seen = Promise.withResolvers<Job>();
  const worker = new Worker(
    queueName({ app: 'app', shard: 0, lane: 'high' }),
    (job) => {
      seen.resolve(job);
      return Promise.resolve();
    },
    { connection, prefix: s.keyPrefix, drainDelay: 60 },
  );
  const job = await seen.promise;
  expect(job.id).toBe(request.delivery.id);
  expect(job.data).toEqual(JSON.parse(encodeDelivery(request.delivery)));
  expect(job.name).toBe('delivery');
  await worker.close();
  connection.disconnect();
});

test('a badge update in the place of an older one has its own trace or none', async () => {
  using s = await setup();
  const update = (id: string, trace?: string) =>
    admission({
      id,
      unclaimed: true,
      notification: { prio: 'high', counts: { unread: 1 } },
      ...(trace && { traceContext: trace }),
    });
  const options = () => s.redis.hget(`${s.prefix}app/high:a`, 'opts');
  await s.desk.admit(update('a', 'one'));
  expect(await options()).toBe('{"tm":"one"}');
  expect(await s.desk.admit(update('b', 'two'))).toBe('replaced');
  expect(await options()).toBe('{"tm":"two"}');
  expect(await s.desk.admit(update('c'))).toBe('replaced');
  expect(await options()).toBeNull();
});

test('a delivery that is not traced has no options on its job', async () => {
  using s = await setup();
  await s.desk.admit(admission());
  const key = `${s.prefix}app/high:${admission().delivery.id}`;
  expect((await s.redis.hkeys(key)).toSorted()).toEqual(['data', 'name', 'timestamp']);
});

test('puts a newer badge update in the place of one that waits, and beside one that is being sent', async () => {
  using s = await setup();
  const badge = (id: string, unread: number, data?: Readonly<Record<string, unknown>>) =>
    admission({
      id,
      unclaimed: true,
      notification: { prio: 'high', counts: { unread } },
      device: { appId: 'app', pushkey: 'k', ...(data !== undefined && { data }) },
    });
  const queue = `${s.prefix}app/high`;
  const waiting = async () => {
    const jobs = await s.redis.lrange(`${queue}:wait`, 0, -1);
    const texts = await Promise.all(jobs.map((job) => s.redis.hget(`${queue}:${job}`, 'data')));
    return texts.map((text) => (JSON.parse(text ?? '') as { counts?: { unread: number } }).counts?.unread);
  };
  expect(await s.desk.admit(badge('a', 3))).toBe('queued');
  expect(await s.desk.admit(badge('b', 0))).toBe('replaced');
  expect(await s.desk.admit(badge('other account', 2, { account: 2 }))).toBe('queued');
  expect(await s.desk.admit(admission({ id: 'message', device: { appId: 'app', pushkey: 'k' } }))).toBe(
    'queued',
  );
  expect(await waiting()).toEqual([undefined, 2, 0]);

  await s.redis.hset(`${queue}:a`, 'processedOn', Date.now());
  expect(await s.desk.admit(badge('c', 1))).toBe('queued');
  expect(await waiting()).toEqual([1, undefined, 2, 0]);
  const [key = ''] = await s.redis.keys(`${s.prefix}badge:*`);
  expect(await s.redis.pttl(key)).toBeGreaterThan(0);
});

test('drops low priority where the backlog is full, and takes no more a quarter above it', async () => {
  using s = await setup();
  const admit = (id: string, lane: 'high' | 'low') =>
    s.desk.admit({ ...admission({ id, lane }), maxBacklog: 8 });
  const results: string[] = [];
  for (let n = 0; n < 12; n++) results.push(await admit(`high${n}`, 'high'), await admit(`low${n}`, 'low'));
  const count = (lane: number, result: string) =>
    results.filter((one, index) => index % 2 === lane && one === result).length;
  expect([count(0, 'queued'), count(0, 'backlog_full')]).toEqual([6, 6]);
  expect([count(1, 'queued'), count(1, 'shed')]).toEqual([4, 8]);
  expect(await s.redis.exists(`${s.prefix}app/high:high11`)).toBe(0);
  expect(await admit('high0', 'high')).toBe('duplicate');

  await s.redis.rpop(`${s.prefix}app/high:wait`);
  expect(await admit('high11', 'high')).toBe('queued');
});

// Invariant 14.
test('a registration that has many pushes a minute gets the newest of them later, but for calls', async () => {
  using s = await setup({ ringsPerMinute: 40 });
  const { redis, prefix, desk } = s;
  const admit = (id: string, lane: 'high' | 'calls' = 'high', pushkey = 'k') =>
    desk.admit(admission({ id, lane, unclaimed: true, device: { appId: 'app', pushkey } }));
  const startedAt = Date.now();
  for (let n = 0; n < 47; n += 1) expect(await admit(`ring${n}`)).toBe('queued');
  for (let n = 0; n < 10; n += 1) expect(await admit(`call${n}`, 'calls')).toBe('queued');
  expect(await admit('another', 'high', 'another phone')).toBe('queued');
  const queue = `${prefix}app/high`;
  // 5 are not counted, and 40 may ring at once; time that passes here lets more of them ring.
  const passed = Math.ceil((Date.now() - startedAt) / 1_500);
  const waiting = await redis.llen(`${queue}:wait`);
  expect(waiting).toBeGreaterThanOrEqual(46);
  expect(waiting).toBeLessThanOrEqual(46 + passed);
  expect((await redis.zrange(`${queue}:delayed`, '0', '-1')).at(-1)).toBe('ring46');
  expect(await redis.zscore(`${prefix}due`, 'app/high')).not.toBeNull();
  expect(await redis.llen(`${prefix}app/calls:wait`)).toBe(10);
  expect(await redis.pttl(`${prefix}pushes`)).toBeGreaterThan(0);
});

test('no push waits longer than five minutes for those before it, however many there are', async () => {
  using s = await setup({ ringsPerMinute: 40 });
  const pushes = Array.from({ length: 300 }, (_, n) =>
    admission({ id: `ring${n}`, device: { appId: 'app', pushkey: 'k' } }),
  );
  const results = await Promise.all(pushes.map((push) => s.desk.admit(push)));
  const scores = await s.redis.zrange(`${s.prefix}app/high:delayed`, '-1', '-1', 'WITHSCORES');
  expect(Number(scores[1]) / 0x1000 - Date.now()).toBeLessThan(301_000);
  expect(results.slice(0, 240)).toEqual(Array<string>(240).fill('queued'));
  expect(results.at(-1)).toBe('shed');
});

test('a registration has three test pushes at once, and then one every twenty seconds', async () => {
  using s = await setup();
  const results: string[] = [];
  for (let n = 0; n < 6; n += 1)
    results.push(await s.desk.admit({ ...admission({ id: `test${n}`, unclaimed: true }), isTest: true }));
  expect(results).toEqual(['queued', 'queued', 'queued', 'duplicate', 'duplicate', 'duplicate']);
  const other = admission({ id: 'other', unclaimed: true, device: { appId: 'app', pushkey: 'other' } });
  expect(await s.desk.admit({ ...other, isTest: true })).toBe('queued');
});

// Invariant 14.
test('a rejection ends within days of the last notify for it, unless its registration was known', async () => {
  using s = await setup({ rejectionTtlMs: 90 * day });
  const { rejections, known, to, life } = deadPhones(s);
  await known.remember([{ app: 'app', shard: 0, key: registrationKey(to('known', 'any').delivery.device) }]);
  for (const pushkey of ['stranger', 'known']) await rejections.record(to(pushkey, 'a').delivery, undefined);
  const days = async (pushkey: string) => Math.round((await life(pushkey)) / day);
  expect(await Promise.all(['stranger', 'known'].map(days))).toEqual([3, 90]);
  for (const pushkey of ['stranger', 'known']) {
    await s.redis.pexpire(`${s.prefix}dead:${registrationKey(to(pushkey, 'any').delivery.device)}`, 60_000);
    expect(await s.desk.admit(to(pushkey, 'b'))).toBe('rejected');
  }
  expect(await Promise.all(['stranger', 'known'].map(days))).toEqual([3, 90]);
});

// Invariant 14.
test('an app has so many rejections, and what strangers make up takes the place of what they made up before', async () => {
  using s = await setup({ rejectionTtlMs: 90 * day });
  const { rejections, known, to, life } = deadPhones(s, 100);
  const phones = Array.from({ length: 20 }, (_, n) => `phone ${n}`);
  const refs = phones.map((one) => ({
    app: 'app',
    shard: 0,
    key: registrationKey(to(one, 'any').delivery.device),
  }));
  await known.remember(refs);
  for (const phone of phones) await rejections.record(to(phone, 'a').delivery, undefined);
  const madeUp = Array.from({ length: 300 }, (_, n) => `made up ${n}`);
  for (let from = 0; from < madeUp.length; from += 30) {
    const some = madeUp.slice(from, from + 30);
    await Promise.all(some.map((one) => rejections.record(to(one, 'a').delivery, undefined)));
    await s.desk.admit(to(some[0] ?? '', 'b')); // and asks for it
  }
  expect(await s.redis.keys(`${s.prefix}dead:*`)).toHaveLength(100);
  expect(await s.redis.zcard(`${s.prefix}app/dead`)).toBe(100);
  expect(await s.redis.pttl(`${s.prefix}app/dead`)).toBeGreaterThan(0);
  for (const phone of phones) expect(await life(phone)).toBeGreaterThan(89 * day);
  expect(await life('made up 299')).toBeGreaterThan(0);
  expect(await life('made up 2')).toBeLessThan(0);

  const newer = to('phone 3', 'c');
  const { device } = newer.delivery;
  expect(
    await s.desk.admit({ ...newer, delivery: { ...newer.delivery, device: { ...device, pushkeyTs: 2 } } }),
  ).toBe('queued');
  expect(await s.redis.zscore(`${s.prefix}app/dead`, registrationKey(device))).toBeNull();
});

const day = 86_400_000;

function deadPhones({ redis, keyPrefix, prefix }: Awaited<ReturnType<typeof setup>>, most?: number) {
  const to = (pushkey: string, id: string) =>
    admission({ id: `${id} ${pushkey}`, device: { appId: 'app', pushkey, pushkeyTs: 1 } });
  return {
    rejections: createRejections(redis, {
      keyPrefix,
      shards,
      ttlMs: 90 * day,
      ...(most !== undefined && { most }),
    }),
    known: createKnownRegistrations(redis, keyPrefix),
    to,
    life: (pushkey: string) =>
      redis.pttl(`${prefix}dead:${registrationKey(to(pushkey, 'any').delivery.device)}`),
  };
}
