import { lanes } from '@carillon/core';
import { connectPatiently, createWorkerPresence, readWorkers, type TakenLanes } from '@carillon/queue';
import { expect, onTestFinished, test } from 'vitest';
import { startPrivateRedis } from '../../../test/redis/private-redis.ts';
import { announceLanes, workerId } from './announce.ts';

test('a worker is seen with the lanes of its apps, and takes it back when it stops', async () => {
  const server = await startPrivateRedis();
  onTestFinished(() => server.stop());
  const redis = connectPatiently(server.settings);
  onTestFinished(() => redis.disconnect());
  const id = workerId();
  let taken: TakenLanes = new Map([
    ['a', lanes],
    ['b', ['calls'] as const],
  ]);
  const leave = announceLanes(createWorkerPresence(redis, 'carillon', id), () => taken);
  onTestFinished(() => void leave());
  const seen = () => readWorkers(redis, 'carillon', ['a', 'b']);
  await expect.poll(seen).toEqual([
    { app: 'a', workers: [{ id, lanes }] },
    { app: 'b', workers: [{ id, lanes: ['calls'] }] },
  ]);
  // An app that is removed is taken back with the next beat.
  taken = new Map([['a', lanes]]);
  const names = async () => (await seen()).flatMap(({ app, workers }) => (workers.length > 0 ? [app] : []));
  await expect.poll(names).toEqual(['a']);
  await leave();
  expect((await seen()).flatMap(({ workers }) => workers)).toEqual([]);
});

test('no two workers have one name', () => {
  expect(workerId()).not.toBe(workerId());
});
