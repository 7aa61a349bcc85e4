import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../test/redis/private-redis.ts';
import { connectPatiently } from '../redis/redis.ts';
import { createParking, type ParkCause } from './parking.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

let prefixes = 0;
const outage: ParkCause = { kind: 'outage', reason: 'ServiceUnavailable', cure: 'wait' };
const mistake: ParkCause = { kind: 'misconfigured', reason: 'InvalidProviderToken', cure: 'mend the key' };
const days = 86_400_000;

function setup() {
  const keyPrefix = `p${prefixes++}`;
  const redis = connectPatiently(server.settings);
  const parkedKey = `${keyPrefix}:{parked}`;
  return {
    redis,
    parking: createParking(redis, keyPrefix),
    parkedKey,
    /** As if the last probe of it was so long ago. */
    async age(app: string, ms: number) {
      const parked = JSON.parse((await redis.hget(parkedKey, app)) ?? '{}') as object;
      await redis.hset(parkedKey, app, JSON.stringify({ ...parked, probeAt: Date.now() - ms }));
    },
    [Symbol.dispose]: () => redis.disconnect(),
  };
}

test('sixty apps that look at the same time ask Redis once', async () => {
  using s = setup();
  const apps = Array.from({ length: 60 }, (_, n) => `app${n}`);
  await s.parking.park('app7', mistake);
  await s.redis.config('RESETSTAT');
  const parked = await Promise.all(apps.map((app) => s.parking.read(app)));
  expect(parked.flatMap((one, n) => (one === undefined ? [] : [`${n} ${one.reason}`]))).toEqual([
    '7 InvalidProviderToken',
  ]);
  await s.parking.resume('app7');
  expect(await s.parking.read('app7')).toBeUndefined(); // what was read before is not told again
  expect(await s.redis.info('commandstats')).toContain('cmdstat_hgetall:calls=2,');
});

test('a mistake of ours takes the place of an outage, and nothing else of what stands', async () => {
  using s = setup();
  expect(await s.parking.park('app', outage)).toMatchObject(outage);
  expect(await s.parking.park('app', mistake)).toMatchObject(mistake);
  expect(await s.parking.park('app', outage)).toMatchObject(mistake);
  expect(await s.parking.park('app', { ...mistake, reason: 'TopicDisallowed' })).toMatchObject(mistake);
  expect(await s.parking.read('app')).toMatchObject(mistake);
});

test('what nobody has probed for long is over, and leaves nothing behind', async () => {
  using s = setup();
  await s.parking.park('held', outage);
  await s.parking.park('parked', mistake);
  await s.age('held', 300_000);
  await s.age('parked', 300_000);
  expect(await Promise.all(['held', 'parked'].map((app) => s.parking.read(app)))).toMatchObject([
    undefined,
    mistake,
  ]);
  await s.age('parked', 7 * days);
  expect(await s.parking.read('parked')).toBeUndefined();
  expect(await s.parking.park('parked', outage)).toMatchObject(outage);
  expect(await s.redis.hkeys(s.parkedKey)).toEqual(['parked']);
  expect(await s.redis.pttl(s.parkedKey)).toBeGreaterThan(6 * days);
});

// Invariant 17.
test('an app that a newer version has parked for a cause of its own is parked here, too', async () => {
  using s = setup();
  const parked = {
    ...mistake,
    kind: 'quota',
    since: 1,
    probes: 0,
    passes: 0,
    probeAt: Date.now(),
    more: [1],
  };
  await s.redis.hset(s.parkedKey, 'app', JSON.stringify(parked));
  expect(await s.parking.read('app')).toMatchObject({ kind: 'misconfigured', reason: mistake.reason });
  expect(await s.redis.hget(s.parkedKey, 'app')).toBe(JSON.stringify(parked));
  await s.parking.probeFailed('app');
  await s.parking.park('another', mistake);
  expect(JSON.parse((await s.redis.hget(s.parkedKey, 'app')) ?? '')).toMatchObject({
    kind: 'quota',
    probes: 1,
    more: [1],
  });
});
