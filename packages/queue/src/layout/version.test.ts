import { expect, onTestFinished, test } from 'vitest';
import { startPrivateRedis } from '../../../../test/redis/private-redis.ts';
import { connectPatiently } from '../redis/redis.ts';
import { guardLayout } from './version.ts';

async function setup() {
  const server = await startPrivateRedis();
  onTestFinished(() => server.stop());
  const redis = connectPatiently(server.settings);
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  const foreign: string[] = [];
  return {
    server,
    redis,
    foreign,
    guard: () => guardLayout(redis, 'carillon', (version) => foreign.push(version)),
  };
}

test('an empty Redis becomes ours, and stays ours for the next process', async () => {
  const { guard, foreign, redis } = await setup();
  const first = guard();
  expect(first.isOurs()).toBeUndefined();
  await first.ours;
  const next = guard();
  await next.ours;
  expect([first.isOurs(), next.isOurs(), foreign]).toEqual([true, true, []]);
  expect(await redis.get('carillon:layout')).toBe('1');
});

// Invariant 17.
test('a Redis that another version has laid out is told, and left alone', async () => {
  const { guard, foreign, redis } = await setup();
  await redis.set('carillon:layout', '2');
  const layout = guard();
  await layout.answered;
  expect([layout.isOurs(), foreign]).toEqual([false, ['2']]);
  expect(await redis.get('carillon:layout')).toBe('2');
});

test('a Redis that comes later is asked when it comes', async () => {
  const { guard, server } = await setup();
  await server.kill();
  const layout = guard();
  await layout.answered;
  expect(layout.isOurs()).toBeUndefined();
  await server.restart();
  await layout.ours;
  expect(layout.isOurs()).toBe(true);
});
