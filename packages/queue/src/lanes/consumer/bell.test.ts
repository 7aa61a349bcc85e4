import { expect, test } from 'vitest';
import { createBell } from './bell.ts';
import { startPrivateCluster } from '../../../../../test/redis/private-cluster.ts';
import { startPrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { connectPatiently } from '../../redis/redis.ts';

/** A ring. */
const work = [0, '0'] as const;

test('wakes when there is work, and after its time when there is none', async () => {
  await using server = await startPrivateRedis();
  const redis = connectPatiently(server.settings);
  const bell = createBell(redis, () => undefined);
  await bell.wait('marker', 0.01);
  const waiting = bell.wait('marker', 60);
  await redis.zadd('marker', ...work);
  await waiting;
  expect(await redis.zcard('marker')).toBe(0);
  bell.interrupt();
  redis.disconnect();
});

test('waits no longer for a Redis that froze under it, and hears of work when it is back', async () => {
  await using server = await startPrivateRedis();
  const redis = connectPatiently(server.settings);
  const bell = createBell(redis, () => undefined);
  await bell.wait('marker', 0.01);
  server.freeze();
  await bell.wait('marker', 0.1);
  server.thaw();
  let woken = false;
  const waiting = bell.wait('marker', 60).then(() => (woken = true));
  // The connection that was given up may still take a sign or two.
  const sign = async (): Promise<boolean> => {
    await redis.zadd('marker', ...work);
    return woken;
  };
  await expect.poll(sign).toBe(true);
  await waiting;
  bell.interrupt();
  redis.disconnect();
});

test('hears of work again after a node of a Cluster was away for longer than it is waited for', async () => {
  await using cluster = await startPrivateCluster(3);
  const redis = connectPatiently(cluster.settings);
  redis.on('error', () => undefined);
  const markers = ['{131}marker', '{310}marker', '{246}marker']; // one on each node
  const bells = markers.map(() => createBell(redis, () => undefined));
  const waits = (seconds: number) => bells.map((bell, index) => bell.wait(markers[index] ?? '', seconds));
  await redis.ping(); // the nodes are known
  await Promise.all(waits(0.01));
  const [, victim] = cluster.nodes;
  await victim?.kill();
  for (let round = 0; round < 3; round += 1) await Promise.allSettled(waits(0.5));
  await victim?.restart();
  await Promise.all(markers.map((marker) => redis.zadd(marker, ...work)));
  const isPopped = async (index: number): Promise<boolean> => {
    await bells[index]?.wait(markers[index] ?? '', 5).catch(() => undefined); // not back yet
    return (await redis.zcard(markers[index] ?? '')) === 0;
  };
  await expect
    .poll(() => Promise.all(markers.map((_, index) => isPopped(index))))
    .toEqual([true, true, true]);
  for (const bell of bells) bell.interrupt();
  redis.disconnect();
});
