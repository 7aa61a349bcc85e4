import { expect, test } from 'vitest';
import { createMarkerWait } from './marker-wait.ts';
import { startPrivateCluster } from '../../../../../test/redis/private-cluster.ts';
import { startPrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { connectPatiently } from '../../redis/redis.ts';

/** What BullMQ writes when it puts a job on a queue. */
const work = [0, '0'] as const;

test('wakes when there is work, and after its time when there is none', async () => {
  await using server = await startPrivateRedis();
  const redis = connectPatiently(server.settings);
  const marker = createMarkerWait(redis, 'marker', () => undefined);
  await marker.wait(0.01);
  const waiting = marker.wait(60);
  await redis.zadd('marker', ...work);
  await waiting;
  expect(await redis.zcard('marker')).toBe(0);
  marker.close();
  redis.disconnect();
});

test('waits no longer for a Redis that froze under it, and hears of work when it is back', async () => {
  await using server = await startPrivateRedis();
  const redis = connectPatiently(server.settings);
  const marker = createMarkerWait(redis, 'marker', () => undefined);
  await marker.wait(0.01);
  server.freeze();
  await marker.wait(0.1);
  server.thaw();
  let woken = false;
  const waiting = marker.wait(60).then(() => (woken = true));
  // The connection that was given up may still take a sign or two.
  const sign = async (): Promise<boolean> => {
    await redis.zadd('marker', ...work);
    return woken;
  };
  await expect.poll(sign).toBe(true);
  await waiting;
  marker.close();
  redis.disconnect();
});

test('hears of work again after a node of a Cluster was away for longer than it is waited for', async () => {
  await using cluster = await startPrivateCluster(3);
  const redis = connectPatiently(cluster.settings);
  const markers = ['{131}marker', '{310}marker', '{246}marker']; // one on each node
  const waits = markers.map((marker) => createMarkerWait(redis, marker, () => undefined));
  await Promise.all(waits.map((marker) => marker.wait(0.01)));
  const [, victim] = cluster.nodes;
  await victim?.kill();
  for (let round = 0; round < 3; round += 1) await Promise.all(waits.map((marker) => marker.wait(0.5)));
  await victim?.restart();
  await Promise.all(markers.map((marker) => redis.zadd(marker, ...work)));
  const isPopped = async (index: number): Promise<boolean> => {
    await waits[index]?.wait(5);
    return (await redis.zcard(markers[index] ?? '')) === 0;
  };
  await expect
    .poll(() => Promise.all(markers.map((_, index) => isPopped(index))))
    .toEqual([true, true, true]);
  for (const marker of waits) marker.close();
  redis.disconnect();
});
