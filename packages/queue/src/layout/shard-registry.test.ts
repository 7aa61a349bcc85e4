import { lanes, registrationKey, type Delivery } from '@carillon/core';
import { expect, onTestFinished, test } from 'vitest';
import { startPrivateRedis } from '../../../../test/redis/private-redis.ts';
import { deliveryFor } from '../delivery.testing.ts';
import { createAdmissionDesk } from '../lanes/admission/admission.ts';
import { createConsumer } from '../lanes/consumer/consumer.ts';
import type { Settlement } from '../lanes/consumer/served-queues.ts';
import { connectPatiently } from '../redis/redis.ts';
import { createBadges } from '../state/badges.ts';
import { createRejections } from '../state/rejections.ts';
import { createKnownRegistrations } from '../state/known/known-registrations.ts';
import { shardPrefix } from './keys.ts';
import { createShardRegistry } from './shard-registry.ts';
import { fixedShards } from './shards.ts';

async function setup() {
  const server = await startPrivateRedis();
  onTestFinished(() => server.stop());
  const redis = connectPatiently(server.settings);
  onTestFinished(() => redis.disconnect());
  const keyPrefix = 'carillon';
  const seen: string[] = [];
  return {
    seen,
    redis,
    /** As if the last process with this number had ended ten seconds ago. */
    leave: (count: number) => redis.zadd(`${keyPrefix}:shard-counts`, Date.now() + 50_000, count),
    /** What a process with this number of shards knows, door and worker included. */
    process(current: number, windowMs = 60_000) {
      const shards = createShardRegistry(redis, { keyPrefix, current, windowMs });
      const desk = createAdmissionDesk(redis, { keyPrefix, shards, rejectionTtlMs: 60_000, gatherMs: 0 });
      return {
        shards,
        desk,
        rejections: createRejections(redis, { keyPrefix, shards, ttlMs: 60_000 }),
        badges: createBadges(redis, { keyPrefix, shards }),
        admit: (n: number, overrides: Partial<Delivery> = {}) =>
          desk.admit({ delivery: phone(n, overrides), maxBacklog: 10_000 }),
        work() {
          const consumer = createConsumer({
            redis,
            keyPrefix,
            shards,
            concurrency: 100,
            claimLifeMs: 60_000,
            observer: { trouble: () => undefined, deadLettered: () => undefined, recovered: () => undefined },
          });
          const handle = ({ id }: Delivery): Promise<Settlement> => {
            seen.push(id);
            return Promise.resolve({ kind: 'finish' });
          };
          consumer.serve({ app: 'app', lanes, handle });
          onTestFinished(() => consumer.stop(0));
        },
      };
    },
  };
}

const phone = (n: number, overrides: Partial<Delivery> = {}): Delivery =>
  deliveryFor({
    id: `phone-${n}`,
    device: { appId: 'app', pushkey: `key${n}`, pushkeyTs: 100 },
    ...overrides,
  });
const phones = Array.from({ length: 60 }, (_, n) => n);

test.each([
  [1, 4],
  [4, 3],
  [8, 2],
])('from %i shards to %i nothing is queued twice, and nothing is lost', async (from, to) => {
  const s = await setup();
  const [before, after] = [s.process(from), s.process(to)];
  await before.shards.refresh();
  for (const n of phones) expect(await before.admit(n)).toBe('queued');
  await after.shards.refresh();
  // What waits in its former place, and in a moment what has left it, is known there.
  expect(new Set(await Promise.all(phones.map((n) => after.admit(n))))).toEqual(new Set(['duplicate']));
  after.work();
  await expect.poll(() => s.seen.toSorted()).toEqual(phones.map((n) => `phone-${n}`).toSorted());
  expect(new Set(await Promise.all(phones.map((n) => after.admit(n))))).toEqual(new Set(['duplicate']));
  // A process that has not been told yet hears of the other number, and asks there.
  await before.shards.refresh();
  expect(await after.admit(100)).toBe('queued');
  expect(await before.admit(100)).toBe('duplicate');
});

test('a process whose number is new places by the number of others until they must have heard of it', async () => {
  const s = await setup();
  const [before, after] = [s.process(1), s.process(8)];
  expect(before.shards.hasHeard()).toBe(false);
  await before.shards.refresh();
  expect([before.shards.hasHeard(), before.shards.placeOf('key1')]).toEqual([true, 0]);
  await after.shards.refresh();
  for (const n of phones) expect(await after.admit(n)).toBe('queued');
  // The other has not heard of eight yet.
  for (const n of phones) expect(await before.admit(n)).toBe('duplicate');
  const isSpread = async (): Promise<boolean> => {
    await after.shards.refresh();
    return new Set(phones.map((n) => after.shards.placeOf(`key${n}`))).size === 8;
  };
  await expect.poll(isSpread).toBe(true);
  await before.shards.refresh();
  for (const n of phones) expect(await after.admit(n + 100)).toBe('queued');
  for (const n of phones) expect(await before.admit(n + 100)).toBe('duplicate');
});

test('what is under way when the number to place by changes goes where it was to go when the others were asked', async () => {
  const s = await setup();
  let place = 0;
  const shards = { ...fixedShards(2), placeOf: () => place, otherPlacesOf: () => [1 - place] };
  const desk = createAdmissionDesk(s.redis, {
    keyPrefix: 'carillon',
    shards,
    rejectionTtlMs: 60_000,
    gatherMs: 0,
  });
  const admit = () => desk.admit({ delivery: phone(1), maxBacklog: 100 });
  expect(await admit()).toBe('queued');
  const again = admit();
  place = 1;
  expect(await again).toBe('duplicate');
});

test('a process that is alone with its number uses it at once, whatever the number was before', async () => {
  const s = await setup();
  await s.leave(1);
  const { shards } = s.process(8);
  await shards.refresh();
  expect(new Set(phones.map((n) => shards.placeOf(`key${n}`))).size).toBe(8);
  expect(shards.otherPlacesOf('key0')).toEqual(shards.placeOf('key0') === 0 ? [] : [0]);
});

test('a rejection is found in its former place, moves to its new one, and ends by a newer registration', async () => {
  const s = await setup();
  const [before, after] = [s.process(1), s.process(8)];
  await s.leave(1);
  await after.shards.refresh();
  for (const n of phones) await before.rejections.record(phone(n), undefined);
  expect(new Set(await Promise.all(phones.map((n) => after.admit(n))))).toEqual(new Set(['rejected']));
  const alone = s.process(8, 0);
  expect(await Promise.all(phones.map((n) => alone.rejections.isRejected(phone(n))))).not.toContain(false);
  const device = { appId: 'app', pushkey: 'key0', pushkeyTs: 101 };
  expect(await after.admit(0, { device })).toBe('queued');
});

test('a registration that is known in its former place is known in its new one', async () => {
  const s = await setup();
  const after = s.process(8);
  await s.leave(1);
  await after.shards.refresh();
  const known = createKnownRegistrations(s.redis, 'carillon');
  const refsOf = (shard: number, ...numbers: readonly number[]) =>
    numbers.map((n) => ({ app: 'app', shard, key: registrationKey(phone(n).device) }));
  const moved = phones.find((n) => after.shards.placeOf(`key${n}`) !== 0) ?? 0;
  const place = after.shards.placeOf(`key${moved}`);
  const stranger = phones.find((n) => n !== moved && after.shards.placeOf(`key${n}`) === place) ?? 0;
  await known.remember(refsOf(0, moved));
  for (const n of [moved, stranger]) expect(await after.admit(n)).toBe('queued');
  expect(await known.isKnown(refsOf(place, moved))).toBe(true);
  expect(await known.isKnown(refsOf(place, stranger))).toBe(false);
  // Of those two the stranger's waits apart.
  expect(await s.redis.smembers(`${shardPrefix('carillon', place)}queues`)).toEqual(
    expect.arrayContaining(['app/high', 'app/high.new']),
  );
});

test('a badge update is overtaken by one in the new place, and by none in the former one', async () => {
  const s = await setup();
  const [before, after] = [s.process(1), s.process(8)];
  await s.leave(1);
  await after.shards.refresh();
  const badge = (n: number, id: string) =>
    phone(n, { id, unclaimed: true, notification: { prio: 'high', counts: { unread: 1 } } });
  const moved = phones.find((n) => after.shards.placeOf(`key${n}`) !== 0) ?? 0;
  await before.desk.admit({ delivery: badge(moved, 'older'), maxBacklog: 100 });
  expect(await after.badges.isSuperseded(badge(moved, 'older'))).toBe(false);
  await after.desk.admit({ delivery: badge(moved, 'newer'), maxBacklog: 100 });
  expect(await after.badges.isSuperseded(badge(moved, 'older'))).toBe(true);
  expect(await after.badges.isSuperseded(badge(moved, 'newer'))).toBe(false);
});

test('a former number is forgotten after its window, when its shards are empty', async () => {
  const s = await setup();
  const [before, after] = [s.process(4, 0), s.process(2)];
  await before.shards.refresh();
  await after.shards.refresh();
  expect([after.shards.highest(), after.shards.otherPlacesOf('key')]).toEqual([4, []]);
  await after.shards.retire((shard) => shard === 2);
  await after.shards.refresh();
  expect(after.shards.highest()).toBe(4);
  await after.shards.retire(() => true);
  await after.shards.refresh();
  expect(after.shards.highest()).toBe(2);
});
