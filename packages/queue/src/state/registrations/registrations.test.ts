import { registrationKey } from '@carillon/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { deliveryFor } from '../../delivery.testing.ts';
import { shardPrefix } from '../../layout/keys.ts';
import { fixedShards } from '../../layout/shards.ts';
import { connectPatiently } from '../../redis/redis.ts';
import { createFuseStore } from '../fuse-store.ts';
import { createKnownRegistrations } from '../known/known-registrations.ts';
import { createRejections } from '../rejections.ts';
import { createRegistrationMarks, hasMarks } from './registration-marks.ts';
import { forgetRejections, rejectedRegistrations } from './rejected-registrations.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

let prefixes = 0;
const fuse = { windowMs: 60_000, minSamples: 50, share: 0.5 };
const app = 'a:{b}'; // as nobody should call one

function setup() {
  const keyPrefix = `r${prefixes++}`;
  const redis = connectPatiently(server.settings);
  const shards = fixedShards(1);
  const list = async () => {
    const found = [];
    for await (const page of rejectedRegistrations(redis, keyPrefix, app, [0])) found.push(...page);
    return found;
  };
  return {
    redis,
    keyPrefix,
    list,
    marks: createRegistrationMarks(redis, keyPrefix, fuse),
    known: createKnownRegistrations(redis, keyPrefix),
    fuses: createFuseStore(redis, keyPrefix, fuse),
    rejections: createRejections(redis, { keyPrefix, shards, ttlMs: 600_000 }),
    [Symbol.dispose]: () => redis.disconnect(),
  };
}

const device = (phone: string) => ({ appId: app, pushkey: phone });
const named = (phone: string) => ({ app, device: device(phone) });
const ref = (phone: string) => ({ shard: 0, key: registrationKey(device(phone)) });

test('what is stored of a registration is looked at, and erased without touching its neighbour', async () => {
  using s = setup();
  const now = Date.now();
  const suspicion = (phone: string) => ({
    registration: { ...ref(phone), pushkeyTs: 1 },
    number: 1,
    sentAt: now,
    known: false,
    sent: true,
  });
  await s.fuses.tick(
    app,
    {
      lastAcceptedAt: undefined,
      accepted: [],
      suspects: [suspicion('one'), suspicion('two')],
      doubts: [{ ...suspicion('one'), reason: 'BadDeviceToken' }],
      rows: [],
      cleared: [],
    },
    now,
  );
  for (const phone of ['one', 'two']) {
    await s.rejections.record(deliveryFor({ app, device: { ...device(phone), pushkeyTs: 17 } }), undefined);
    await s.known.remember([{ app, ...ref(phone) }]);
  }

  const both = await Promise.all(['one', 'two'].map((phone) => s.marks.look(named(phone), [0])));
  expect(both[0]).toEqual({
    rejection: { pushkeyTs: 17, endsInMs: expect.any(Number), saidAt: expect.any(Number) },
    isKnown: true,
    badges: 0,
    suspicion: { sentAt: now, doubts: ['BadDeviceToken'] },
  });
  expect(both.map(hasMarks)).toEqual([true, true]);
  expect(await s.marks.erase(named('one'), [0])).toEqual({ ...both[0], rejection: expect.anything() });
  expect(hasMarks(await s.marks.look(named('one'), [0]))).toBe(false);
  expect(await s.marks.look(named('two'), [0])).toMatchObject({ isKnown: true, suspicion: { sentAt: now } });
  expect(await s.fuses.suspectsWaiting(app)).toBe(1);
  expect((await s.list()).map(({ key }) => key)).toEqual([ref('two').key]);
});

test('a rejection is taken back, and nothing else', async () => {
  using s = setup();
  const delivery = deliveryFor({ app, device: device('one') });
  await s.rejections.record(delivery, undefined);
  await s.known.remember([{ app, ...ref('one') }]);
  expect((await s.marks.forget(named('one'), [0])).rejection).toBeDefined();
  expect(await s.rejections.isRejected(delivery)).toBe(false);
  expect(await s.marks.look(named('one'), [0])).toEqual({
    isKnown: true,
    badges: 0,
    suspicion: { doubts: [] },
  });
  expect((await s.marks.forget(named('one'), [0])).rejection).toBeUndefined();
});

test('the rejections of an app are listed, a page at a time, and taken back together', async () => {
  using s = setup();
  const record = (index: number) =>
    s.rejections.recordRegistration(app, { ...ref(`phone${index}`), pushkeyTs: index });
  await Promise.all(Array.from({ length: 1_500 }, (_, index) => record(index)));
  const [first, ...others] = await s.list();
  expect(others).toHaveLength(1_499);
  expect(first).toMatchObject({ app, shard: 0, key: expect.stringMatching(/^[\w-]{22}$/) });
  await s.redis.del(`${shardPrefix(s.keyPrefix, 0)}dead:${first?.key}`); // a younger registration
  expect(await s.list()).toHaveLength(1_499);
  await forgetRejections(s.redis, s.keyPrefix, await s.list());
  expect([await s.list(), await s.redis.keys(`${s.keyPrefix}:*dead:*`)]).toEqual([[], []]);
});
