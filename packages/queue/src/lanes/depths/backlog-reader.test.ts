import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdmissionDesk } from '../admission/admission.ts';
import { createBacklogReader } from './backlog-reader.ts';
import { startPrivateRedis, type PrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { connectPatiently, type RedisClient } from '../../redis/redis.ts';
import { deliveryFor } from '../../delivery.testing.ts';
import { queueName } from '../../layout/keys.ts';
import { fixedShards } from '../../layout/shards.ts';
import { createWorkerPresence } from '../../state/worker-presence.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

let prefixes = 0;
const apps = [{ name: 'app' }, { name: 'other' }];
const shards = fixedShards(2);

/** As many processes as a test wants, and three deliveries that wait: two of them for `app`, on both shards. */
async function setup() {
  const keyPrefix = `t${prefixes++}`;
  const clients: RedisClient[] = [];
  const connect = (): RedisClient => {
    const client = connectPatiently(server.settings);
    clients.push(client);
    return client;
  };
  const redis = connect();
  const desk = createAdmissionDesk(redis, { keyPrefix, shards, rejectionTtlMs: 60_000, gatherMs: 0 });
  const admit = (app: string, pushkey: string) =>
    desk.admit({
      delivery: deliveryFor({ app, id: pushkey, device: { appId: app, pushkey } }),
      maxBacklog: 1_000,
    });
  await Promise.all([admit('app', 'a'), admit('app', 'b'), admit('other', 'c')]);
  return {
    redis,
    keyPrefix,
    admit,
    /** A key of the app's queue that holds the pushkey, lane `high`. */
    key: (app: string, pushkey: string, kind: string) =>
      `${keyPrefix}:${queueName({ app, shard: shards.placeOf(pushkey), lane: 'high' })}:${kind}`,
    process: (ownApps = apps) => createBacklogReader(connect(), { keyPrefix, shards, apps: ownApps }),
    connected: () => Promise.all(clients.map((client) => client.ping())),
    /** So that a slow machine does not end the lease that the test is about. */
    keepLease: () => redis.pexpire(`${keyPrefix}:backlog-lease`, 60_000),
    [Symbol.dispose]: () => {
      for (const client of clients) client.disconnect();
    },
  };
}

/** Commands of each kind that Redis has carried out since the last look. */
async function commandsSince(redis: RedisClient): Promise<Readonly<Record<string, number>>> {
  const stats = await redis.info('commandstats');
  await redis.config('RESETSTAT');
  return Object.fromEntries(
    [...stats.matchAll(/^cmdstat_(\w+):calls=(\d+)/gm)].map(([, name = '', calls]) => [name, Number(calls)]),
  );
}

const waiting = (backlog: Awaited<ReturnType<ReturnType<typeof createBacklogReader>>>) =>
  Object.fromEntries(backlog.map((one) => [`${one.app} ${one.lane}`, one.waiting]));

const expected = {
  'app calls': 0,
  'app high': 2,
  'app low': 0,
  'other calls': 0,
  'other high': 1,
  'other low': 0,
};

test('adds up the shards of each app and lane, with the oldest of all', async () => {
  using s = await setup();
  await s.redis.hset(s.key('other', 'c', 'c'), 'timestamp', '1234');
  const backlog = await s.process()();
  expect(waiting(backlog)).toEqual(expected);
  expect(backlog.find(({ app, lane }) => app === 'other' && lane === 'high')).toMatchObject({
    oldestAt: 1234,
  });
  expect(backlog.find(({ app, lane }) => app === 'other' && lane === 'low')).not.toHaveProperty('oldestAt');
});

test('finds the oldest delivery behind one that was given back', async () => {
  using s = await setup();
  await s.admit('other', 'd');
  await s.redis.hset(s.key('other', 'd', 'd'), 'timestamp', '77');
  const oldest = (await s.process()()).find(({ app, lane }) => app === 'other' && lane === 'high');
  expect(oldest).toMatchObject({ waiting: 2, oldestAt: 77 });
});

test('twenty processes that are asked at once and again cost Redis one reading', async () => {
  using s = await setup();
  const processes = Array.from({ length: 20 }, () => s.process());
  await s.connected();
  await commandsSince(s.redis);

  const first = await Promise.all(processes.map((read) => read()));
  await s.keepLease();
  const second = await Promise.all(processes.map((read) => read()));

  const { smembers, set } = await commandsSince(s.redis);
  for (const backlog of [...first, ...second]) expect(waiting(backlog)).toEqual(expected);
  // The set of queues of each of two shards. Every process asks for the lease each time; one leaves a snapshot.
  expect({ smembers, set }).toEqual({ smembers: 2, set: 41 });
});

test('the next lease reads anew, in any process', async () => {
  using s = await setup();
  const [one, another] = [s.process(), s.process()];
  await one();
  await s.keepLease();
  await s.admit('other', 'd');
  expect(waiting(await another())).toEqual(expected);
  await s.redis.del(`${s.keyPrefix}:backlog-lease`); // as its end would
  expect(waiting(await another())).toEqual({ ...expected, 'other high': 2 });
  expect(waiting(await one())).toEqual({ ...expected, 'other high': 2 });
});

test('a process with another configuration takes what it knows', async () => {
  using s = await setup();
  await s.process()();
  const [other] = apps.slice(1);
  expect(new Set((await s.process(other && [other])()).map(({ app }) => app))).toEqual(new Set(['other']));
});

test('a lease that ends without a snapshot leaves the others without an answer, not with an old one', async () => {
  using s = await setup();
  await s.redis.set(`${s.keyPrefix}:backlog-lease`, '', 'PX', 60_000);
  await expect(s.process()()).rejects.toThrow('takes too long');
});

test('a failed reading gives the lease to the next', async () => {
  using s = await setup();
  const key = s.key('app', 'a', 'delayed');
  await s.redis.set(key, 'no sorted set');
  await expect(s.process()()).rejects.toThrow('WRONGTYPE');
  await s.redis.del(key);
  await expect.poll(async () => waiting(await s.process()())).toEqual(expected);
});

test('a Redis that is full is read all the same', async () => {
  using s = await setup();
  const process = s.process();
  await s.redis.config('SET', 'maxmemory', '1');
  try {
    expect(waiting(await process())).toEqual(expected);
  } finally {
    await s.redis.config('SET', 'maxmemory', '0');
  }
});

test('tells how many workers take from each lane', async () => {
  using s = await setup();
  const worker = createWorkerPresence(s.redis, s.keyPrefix, 'worker');
  await worker.beat(new Map([['app', ['calls', 'high']]]));
  await createWorkerPresence(s.redis, s.keyPrefix, 'another').beat(new Map([['app', ['calls']]]));
  const backlog = await s.process()();
  expect(Object.fromEntries(backlog.map(({ app, lane, workers }) => [`${app} ${lane}`, workers]))).toEqual({
    'app calls': 2,
    'app high': 1,
    'app low': 0,
    'other calls': 0,
    'other high': 0,
    'other low': 0,
  });
});
