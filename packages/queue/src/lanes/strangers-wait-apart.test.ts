import { registrationKey } from '@carillon/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../test/redis/private-redis.ts';
import { deliveryFor } from '../delivery.testing.ts';
import type { LaneRef } from '../layout/keys.ts';
import { fixedShards } from '../layout/shards.ts';
import { createKnownRegistrations } from '../state/known/known-registrations.ts';
import { createAdmissionDesk } from './admission/admission.ts';
import { finish, startShard } from './consumer/consumer.testing.ts';

// Invariant 14: deliveries to registrations that are not known yet have room of their own.

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

const device = (pushkey: string) => ({ appId: 'app', pushkey });

/** A shard on which `friend` is known. */
async function setup({ isAnyoneKnown = true } = {}) {
  const shard = startShard(server.settings);
  const keyPrefix = shard.prefix.slice(0, shard.prefix.indexOf(':'));
  const known = createKnownRegistrations(shard.redis, keyPrefix);
  const know = (pushkey: string) =>
    known.remember([{ app: 'app', shard: 0, key: registrationKey(device(pushkey)) }]);
  if (isAnyoneKnown) await know('friend');
  const dropped: [LaneRef, number][] = [];
  const desk = createAdmissionDesk(shard.redis, {
    keyPrefix,
    shards: fixedShards(1),
    rejectionTtlMs: 60_000,
    gatherMs: 0,
    dropped: (queue, count) => dropped.push([queue, count]),
  });
  return {
    ...shard,
    desk,
    know,
    dropped,
    send: (id: string, pushkey: string, lane: 'calls' | 'high' | 'low' = 'high', maxBacklog = 1_000_000) =>
      desk.admit({ delivery: deliveryFor({ id, lane, device: device(pushkey) }), maxBacklog }),
    async sendMany(count: number, pushkey: string) {
      const ids = Array.from({ length: count }, (_, n) => `${pushkey}${n}`);
      await Promise.all(ids.map((id) => this.send(id, pushkey)));
    },
    waiting: (queue: string) => shard.redis.llen(shard.key(`${queue}:wait`)),
    [Symbol.asyncDispose]: () => shard[Symbol.asyncDispose](),
  };
}

test('a delivery waits apart from those of known registrations, until its own is known', async () => {
  await using s = await setup();
  expect(await s.send('a', 'friend')).toBe('queued');
  expect(await s.send('b', 'stranger')).toBe('queued');
  expect([await s.waiting('app/high'), await s.waiting('app/high.new')]).toEqual([1, 1]);
  await s.know('stranger');
  expect(await s.send('b', 'stranger')).toBe('duplicate');
  expect(await s.send('c', 'stranger')).toBe('queued');
  expect([await s.waiting('app/high'), await s.waiting('app/high.new')]).toEqual([2, 1]);
});

test('nobody waits apart as long as nobody is known', async () => {
  await using s = await setup({ isAnyoneKnown: false });
  await s.send('a', 'stranger');
  expect([await s.waiting('app/high'), await s.waiting('app/high.new')]).toEqual([1, 0]);
});

test('known registrations go first, and others have an eighth of the room and what is left', async () => {
  await using s = await setup();
  await s.sendMany(100, 'stranger');
  await s.sendMany(100, 'friend');
  await s.send('call', 'stranger', 'calls');
  await s.ringFor(['app/high', 'app/high.new', 'app/calls.new']);
  const taken = async (room: number) => {
    const { jobs } = await s.turn({ room });
    return Object.fromEntries(
      [...Map.groupBy(jobs, ({ queue }) => queue)].map(([queue, of]) => [queue, of.length]),
    );
  };
  expect(await taken(64)).toEqual({ 'app/high': 56, 'app/high.new': 7, 'app/calls.new': 1 });
  expect(await taken(100)).toEqual({ 'app/high': 44, 'app/high.new': 56 });
});

test('the first that come are the first to be sent, each once', async () => {
  await using s = await setup();
  const sent: string[] = [];
  await s.sendMany(20, 'stranger');
  await s.sendMany(20, 'friend');
  s.consume(({ id, device: { pushkey } }) => {
    if (pushkey === 'stranger') sent.push(id);
    return Promise.resolve(finish);
  });
  await expect.poll(() => sent.length).toBe(20);
  expect(sent).toEqual(Array.from({ length: 20 }, (_, n) => `stranger${n}`));
  await expect.poll(() => s.redis.keys(s.key('app/high.new*'))).toEqual([]);
});

test('make room in a full backlog, those first that have been tried already, and are counted', async () => {
  await using s = await setup();
  const limit = 40;
  for (let n = 0; n < limit; n++) await s.send(`stranger${n}`, 'stranger', 'high', limit);
  expect(await s.send('low', 'stranger', 'low', limit)).toBe('shed');
  expect(await s.send('more', 'stranger', 'high', limit)).toBe('backlog_full');
  await s.ringFor(['app/high.new']);
  const { jobs } = await s.turn({ room: 5 });
  await s.turn({
    room: 0,
    kept: jobs.map(({ queue, id, data }) => ({
      what: 'delay' as const,
      queue,
      id,
      until: Date.now() + 60_000,
      data: String(data),
    })),
  });
  for (let n = 0; n < limit; n++)
    expect(await s.send(`friend${n}`, 'friend', n % 2 === 0 ? 'high' : 'low', limit)).toBe('queued');
  expect(await s.waiting('app/high.new')).toBe(0);
  expect(await s.redis.zcard(s.key('app/high.new:delayed'))).toBe(0);
  expect(s.dropped.reduce((sum, [, count]) => sum + count, 0)).toBe(limit);
  expect(s.dropped[0]?.[0]).toEqual({ app: 'app', lane: 'high' });
  expect(await s.send('low', 'friend', 'low', limit)).toBe('shed');
});

// Invariant 14.
test('calls and what is for known registrations have a reserve in a full backlog, and strangers have none', async () => {
  await using s = await setup();
  const limit = 40;
  const taken = async (pushkey: string, lane: 'calls' | 'high'): Promise<number> => {
    for (let n = 0; ; n++)
      if ((await s.send(`${pushkey} ${lane} ${n}`, pushkey, lane, limit)) !== 'queued') return n;
  };
  expect(await taken('friend', 'high')).toBe(limit * 1.25);
  expect(await taken('stranger', 'high')).toBe(0);
  expect(await taken('stranger', 'calls')).toBe(0);
  expect(await taken('friend', 'calls')).toBe(limit * 0.25);
});

// Invariant 14.
test('make room for others in a backlog that is full of bytes', async () => {
  await using s = await setup();
  const maxBytes = 400_000;
  const text = 'x'.repeat(30_000);
  const large = (id: string, pushkey: string) =>
    s.desk.admit({
      delivery: deliveryFor({
        id,
        device: device(pushkey),
        notification: { prio: 'high', eventId: '$e', content: { body: text } },
      }),
      maxBacklog: 1_000_000,
      maxBacklogBytes: maxBytes,
    });
  const held = async () => (await s.redis.hvals(s.key('weights'))).reduce((sum, one) => sum + Number(one), 0);
  const results: string[] = [];
  for (let n = 0; n < 20; n++) results.push(await large(`stranger${n}`, 'stranger'));
  expect(results.filter((one) => one === 'queued')).toHaveLength(14);
  expect(results.at(-1)).toBe('backlog_full');
  for (let n = 0; n < 14; n++) expect(await large(`friend${n}`, 'friend')).toBe('queued');
  expect(await s.waiting('app/high.new')).toBe(0);
  expect(s.dropped.reduce((sum, [, count]) => sum + count, 0)).toBe(14);
  expect(await held()).toBeLessThan(maxBytes * 1.25);

  const waits = async (): Promise<number> => {
    const { redis, key } = s;
    const [now, later] = [key('app/high:wait'), key('app/high:delayed')];
    const ids = [...(await redis.lrange(now, 0, -1)), ...(await redis.zrange(later, '0', '-1'))];
    const lengths = await Promise.all(ids.map((id) => redis.hstrlen(key(`app/high:${id}`), 'data')));
    return lengths.reduce((sum, length) => sum + length + 350, 0);
  };
  expect(await held()).toBe(await waits());
  await s.ringFor(['app/high']);
  const { jobs } = await s.turn({ room: 5 });
  expect(await held()).toBe(await waits());
  await s.turn({
    room: 0,
    kept: jobs.slice(0, 2).map(({ queue, id, data }, n) => {
      const delayed = { what: 'delay' as const, queue, id, until: Date.now() + 60_000, data: String(data) };
      return n === 0 ? { what: 'return' as const, queue, id } : delayed;
    }),
    finished: jobs.slice(2).map(({ queue, id }) => ({ queue, id, leavesClaim: true, wasDelayed: false })),
  });
  expect(await held()).toBe(await waits());
  expect(await waits()).toBeGreaterThan(11 * 30_000);
});

test('become dead letters of their lane', async () => {
  await using s = await setup();
  await s.send('a', 'stranger');
  await s.ringFor(['app/high.new']);
  const { jobs } = await s.turn({});
  await s.turn({
    kept: jobs.map(({ queue, id }) => ({ what: 'dead' as const, queue, id, reason: 'a test' })),
  });
  expect(await s.redis.zrange(s.key('app/high:failed'), '0', '-1')).toEqual(['a']);
  expect(await s.redis.hget(s.key('app/high:a'), 'failedReason')).toBe('a test');
  expect(await s.redis.keys(s.key('app/high.new*'))).toEqual([]);
});
