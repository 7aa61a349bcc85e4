import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../test/redis/private-redis.ts';
import { connectPatiently, type RedisClient } from '../redis/redis.ts';
import { createPauses, pauseOf, type Pause } from './pauses.ts';

let server: PrivateRedis;
let redis: RedisClient;
beforeAll(async () => {
  server = await startPrivateRedis();
  redis = connectPatiently(server.settings);
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const now = 1_800_000_000_000;
const pause = (app: string, more: Partial<Pause> = {}): Pause => ({
  app,
  by: 'alice@host',
  since: now,
  ...more,
});

test('a pause is of an app or of one lane, and is read with all that was said of it', async () => {
  const pauses = createPauses(redis, 'carillon');
  await pauses.pause(pause('a', { reason: 'maintenance at Apple', until: now + 60_000 }));
  await pauses.pause(pause('b', { lane: 'calls' }));

  const all = await pauses.read(now);
  expect(all).toContainEqual(pause('a', { reason: 'maintenance at Apple', until: now + 60_000 }));
  expect(['calls', 'high', 'low'].map((lane) => pauseOf(all, 'a', lane as 'calls')?.by)).toEqual(
    Array(3).fill('alice@host'),
  );
  expect(pauseOf(all, 'b', 'calls')).toBeDefined();
  expect(pauseOf(all, 'b', 'high')).toBeUndefined();
  expect(await redis.pttl('carillon:paused')).toBeGreaterThan(0);
});

test('a pause ends by itself at its time', async () => {
  const pauses = createPauses(redis, 'carillon');
  await pauses.pause(pause('a', { until: now + 60_000 }));

  expect(await pauses.read(now + 59_999)).toHaveLength(1);
  expect(await pauses.read(now + 60_000)).toEqual([]);
});

test('one lane or all of an app are resumed, and no other app', async () => {
  const pauses = createPauses(redis, 'carillon');
  for (const one of [pause('a'), pause('a', { lane: 'low' }), pause('a', { lane: 'high' }), pause('b')])
    await pauses.pause(one);

  await pauses.resume('a', 'low');
  expect(await pauses.read(now)).toHaveLength(3);
  await pauses.resume('a');
  expect(await pauses.read(now)).toEqual([pause('b')]);
});
