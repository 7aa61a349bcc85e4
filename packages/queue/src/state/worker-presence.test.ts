import { expect, onTestFinished, test } from 'vitest';
import { lanes } from '@carillon/core';
import { startPrivateRedis } from '../../../../test/redis/private-redis.ts';
import { connectPatiently } from '../redis/redis.ts';
import { createWorkerPresence, readWorkers, workersOf } from './worker-presence.ts';

const prefix = 'carillon';

async function setup() {
  const server = await startPrivateRedis();
  onTestFinished(() => server.stop());
  const redis = connectPatiently(server.settings);
  onTestFinished(() => redis.disconnect());
  const worker = (id: string) => createWorkerPresence(redis, prefix, id);
  const read = async (app = 'a') => (await readWorkers(redis, prefix, [app]))[0];
  return { redis, worker, read };
}

test('workers are seen with the lanes that they take, once however often they beat', async () => {
  const { worker, read } = await setup();
  const [one, other] = [worker('host:1:x'), worker('host:2:y')];
  await one.beat(new Map([['a', lanes]]));
  await one.beat(new Map([['a', lanes]]));
  await other.beat(
    new Map([
      ['a', ['calls']],
      ['b', ['low']],
    ]),
  );
  const workers = await read();
  expect(workers?.workers.toSorted((x, y) => x.id.localeCompare(y.id))).toEqual([
    { id: 'host:1:x', lanes },
    { id: 'host:2:y', lanes: ['calls'] },
  ]);
  expect(lanes.map((lane) => workers && workersOf(workers, lane))).toEqual([2, 1, 1]);
});

test('a worker that leaves is gone at once, and the others stay', async () => {
  const { worker, read } = await setup();
  const [one, other] = [worker('one'), worker('other')];
  await one.beat(new Map([['a', lanes]]));
  await other.beat(new Map([['a', lanes]]));
  await one.leave();
  await worker('never').leave(); // it was never seen
  expect((await read())?.workers.map(({ id }) => id)).toEqual(['other']);
});

test('an app that nobody takes has no workers', async () => {
  const { read } = await setup();
  expect(await read()).toEqual({ app: 'a', workers: [] });
});

test('a worker that has vanished is removed by the next beat of another', async () => {
  const { redis, worker, read } = await setup();
  await redis.zadd('carillon:{workers}', Date.now() - 1_000, 'vanished');
  await redis.hset('carillon:{workers}takes', 'vanished', '{"a":["calls"]}');
  await worker('alive').beat(new Map([['a', lanes]]));
  expect((await read())?.workers.map(({ id }) => id)).toEqual(['alive']);
});

test('when the last worker vanishes, everything goes with it', async () => {
  const { redis, worker } = await setup();
  await worker('alive').beat(new Map([['a', lanes]]));
  const left = await redis.pttl('carillon:{workers}');
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(20_000);
});

test('workers whose clocks differ do not take each other for gone', async () => {
  const { redis, worker } = await setup();
  await worker('alive').beat(new Map([['a', lanes]]));
  const [until = 0] = (await redis.zrange('carillon:{workers}', '0', '-1', 'WITHSCORES'))
    .slice(1)
    .map(Number);
  const [seconds] = await redis.time();
  expect(Math.abs(until - 20_000 - Number(seconds) * 1_000)).toBeLessThan(5_000);
});

test('a full Redis still shows its workers', async () => {
  const { redis, worker, read } = await setup();
  await redis.config('SET', 'maxmemory', '1');
  await expect(redis.set('x', 'y')).rejects.toThrow('OOM');
  await worker('alive').beat(new Map([['a', lanes]]));
  expect((await read())?.workers).toHaveLength(1);
});

// Invariant 17.
test('a lane of a newer version is passed over', async () => {
  const { redis, read } = await setup();
  await redis.hset('carillon:{workers}takes', 'newer', '{"a":["calls","express"]}');
  expect((await read())?.workers).toEqual([{ id: 'newer', lanes: ['calls'] }]);
});
