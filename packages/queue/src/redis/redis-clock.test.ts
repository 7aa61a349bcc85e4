import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../test/redis/private-redis.ts';
import { connectFailingFast } from './redis.ts';
import { createRedisClock, readRedisTime } from './redis-clock.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());
afterEach(() => {
  vi.useRealTimers();
});

const minutes = (n: number) => n * 60_000;
/** Far more than a busy machine takes for a round trip, and far less than a clock is wrong by here. */
const aLot = minutes(1);

async function setup() {
  const redis = connectFailingFast(server.settings);
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
  return { redis, clock: createRedisClock(redis, 'carillon'), [Symbol.dispose]: () => redis.disconnect() };
}

test.each([10, -10])('is right on a machine whose clock is wrong by %d minutes', async (wrong) => {
  using s = await setup();
  const right = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: right + minutes(wrong) });
  expect(s.clock.aheadSeconds()).toBeUndefined();
  await s.clock.look();
  expect(Math.abs(s.clock.now() - right)).toBeLessThan(aLot);
  expect(s.clock.now() % 1).toBe(0);
  expect(Math.abs((s.clock.aheadSeconds() ?? 0) - wrong * 60)).toBeLessThan(aLot / 1_000);
  expect(Math.abs((await readRedisTime(s.redis, 'carillon')) - right)).toBeLessThan(aLot);
});

test('does not jump when somebody sets the clock of the machine', async () => {
  using s = await setup();
  await s.clock.look();
  const before = s.clock.now();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes(60) });
  expect(s.clock.now() - before).toBeLessThan(aLot);
  expect(s.clock.aheadSeconds()).toBeGreaterThan(3_500);
});

test("goes on by the machine's own time until Redis has told it, and when Redis is gone", async () => {
  using s = await setup();
  expect(Math.abs(s.clock.now() - Date.now())).toBeLessThan(aLot);
  s.redis.disconnect();
  await expect(s.clock.look()).rejects.toThrow(/closed|writeable/);
  expect(Math.abs(s.clock.now() - Date.now())).toBeLessThan(aLot);
});
