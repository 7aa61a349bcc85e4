import { registrationKey } from '@carillon/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { connectPatiently } from '../../redis/redis.ts';
import { createKnownRegistrations } from './known-registrations.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

const app = 'app';
const phone = (n: number, shard = 0) => ({
  app,
  shard,
  key: registrationKey({ appId: app, pushkey: `phone${n}` }),
});
let prefixes = 0;

function setup() {
  const keyPrefix = `k${prefixes++}`;
  const redis = connectPatiently(server.settings);
  const known = createKnownRegistrations(redis, keyPrefix);
  return {
    redis,
    keyPrefix,
    known,
    /** Changes the generation of everything that is remembered, as if time had passed. */
    async age(generations: number) {
      const now = Math.floor(Date.now() / (45 * 86_400_000));
      for (const key of await redis.keys(`${keyPrefix}:*known:*`)) {
        const [, prefix = '', rest = ''] = /^(.*known:)\d+(:.*)$/.exec(key) ?? [];
        await redis.rename(key, `${prefix}${now - generations}${rest}`);
        const hash = prefix.slice(0, -1);
        const level = (await redis.hget(hash, String(now))) ?? '0';
        await redis.hset(hash, now - generations, level);
        await redis.hdel(hash, String(now));
      }
    },
    [Symbol.dispose]: () => redis.disconnect(),
  };
}

test('a registration is known once it was remembered, in its app and no other', async () => {
  using s = setup();
  expect(await s.known.isKnown([phone(1)])).toBe(false);
  await s.known.remember([phone(1), phone(2, 3)]);
  await s.known.remember([phone(1)]);
  expect(await Promise.all([phone(1), phone(2, 3), phone(3)].map((one) => s.known.isKnown([one])))).toEqual([
    true,
    true,
    false,
  ]);
  expect(await s.known.isKnown([{ ...phone(1), app: 'other' }])).toBe(false);
});

test('registrations of many apps are remembered with one call for each shard', async () => {
  using s = setup();
  const apps = Array.from({ length: 20 }, (_, n) => `app${n}`);
  const all = apps.flatMap((name) => [0, 1].map((shard) => ({ ...phone(1, shard), app: name })));
  await s.known.remember(all); // the script is there
  await s.redis.config('RESETSTAT');
  await s.known.remember(all);
  expect(await s.redis.info('commandstats')).toContain('cmdstat_evalsha:calls=2,');
  expect(await Promise.all(all.map((one) => s.known.isKnown([one])))).not.toContain(false);
  expect(await s.known.isKnown([phone(2), phone(1, 1)].map((one) => ({ ...one, app: 'app3' })))).toBe(true);
});

test('what is met in the older generation moves to the present one; what is met in neither is forgotten', async () => {
  using s = setup();
  await s.known.remember([phone(1), phone(2)]);
  await s.age(1);
  expect(await s.known.isKnown([phone(1)])).toBe(true);
  const sizes = async () =>
    Promise.all((await s.redis.keys(`${s.keyPrefix}:*known:*`)).toSorted().map((key) => s.redis.scard(key)));
  expect(await sizes()).toEqual([1, 1]);
  await s.redis.del((await s.redis.keys(`${s.keyPrefix}:*known:*`)).toSorted()[0] ?? '');
  expect(await s.known.isKnown([phone(1)])).toBe(true);
  expect(await s.known.isKnown([phone(2)])).toBe(false);
});

test('every key of it ends by itself', async () => {
  using s = setup();
  await s.known.remember(Array.from({ length: 2_000 }, (_, n) => phone(n)));
  const lives = await Promise.all((await s.redis.keys(`${s.keyPrefix}:*`)).map((key) => s.redis.pttl(key)));
  expect(Math.min(...lives)).toBeGreaterThan(45 * 86_400_000);
  expect(Math.max(...lives)).toBeLessThanOrEqual(90 * 86_400_000);
});

// docs/redis.md promises at most 20 bytes; whole sets of at most 500 are what makes it so.
test('a hundred thousand cost at most 14 bytes each, and none is lost', async () => {
  using s = setup();
  const used = async () => Number(/used_memory:(\d+)/.exec(await s.redis.info('memory'))?.[1]);
  const before = await used();
  const count = 100_000;
  for (let from = 0; from < count; from += 10_000)
    await s.known.remember(Array.from({ length: 10_000 }, (_, n) => phone(from + n)));
  expect(((await used()) - before) / count).toBeLessThan(14);
  const sample = Array.from({ length: 1_000 }, (_, n) => phone(n * 100));
  expect(await Promise.all(sample.map((one) => s.known.isKnown([one])))).not.toContain(false);
});
