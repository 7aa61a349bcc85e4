import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { startShard } from '../consumer/consumer.testing.ts';
import type { Kept } from '../consumer/turn.ts';
import { addShards, readDepths } from './depths.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

/** Deliveries of these ids that a worker has taken. */
async function setup(...ids: readonly string[]) {
  const shard = startShard(server.settings);
  await shard.ringFor(['app/high', 'app/high.new']);
  for (const id of ids) await shard.admit({ id });
  await shard.turn({});
  const { redis, key, turn } = shard;
  return {
    ...shard,
    keep: (id: string, kept: { readonly until: number; readonly why?: string }, queue = 'app/high') =>
      turn({ room: 0, kept: [{ queue, id, what: 'delay', data: '{}', ...kept } satisfies Kept] }),
    accepted: (id: string, at: number) => redis.hset(key(`app/high:${id}`), 'timestamp', at),
    async later() {
      const depths = await readDepths(redis, key('').split(':')[0] ?? '', [0]);
      return addShards(depths, ['app']).find(({ lane }) => lane === 'high')?.later;
    },
  };
}

const soon = () => Date.now() + 60_000;
const past = () => Date.now() - 1;

test('what a provider has put off has an age and a reason, until it has an outcome', async () => {
  await using s = await setup('one', 'two', 'three');
  await s.accepted('two', 1_234);
  expect(await s.later()).toBeUndefined();
  await s.keep('one', { until: soon(), why: 'RESOURCE_EXHAUSTED' });
  await s.keep('two', { until: past(), why: 'http_503' });
  await s.keep('three', { until: soon(), why: 'RESOURCE_EXHAUSTED' });
  const all = { count: 3, known: 3, oldestAt: 1_234, reason: 'RESOURCE_EXHAUSTED' };
  expect(await s.later()).toEqual(all);

  const { jobs } = await s.turn({});
  expect(jobs.map(({ id }) => id)).toEqual(['two']);
  expect(await s.later()).toEqual(all); // it is being tried again
  await s.turn({ room: 0, finished: jobs.map((job) => ({ ...job, leavesClaim: true })) });
  expect(await s.later()).toMatchObject({ count: 2, known: 2, oldestAt: expect.any(Number) as number });
  expect((await s.later())?.oldestAt).toBeGreaterThan(1_234);
});

test('what waits for a reason of ours is none of it', async () => {
  await using s = await setup('one');
  await s.keep('one', { until: soon() });
  expect(await s.later()).toBeUndefined();
});

test('what became a dead letter is none of it any more', async () => {
  await using s = await setup('one');
  await s.keep('one', { until: past(), why: 'timeout' });
  await s.turn({});
  await s.turn({ room: 0, kept: [{ queue: 'app/high', id: 'one', what: 'dead', reason: 'crashed' }] });
  expect(await s.later()).toBeUndefined();
});

test('what is for registrations that are not known is told, and says nothing of the app', async () => {
  await using s = await setup('one', 'two');
  await s.keep('one', { until: soon(), why: 'timeout' });
  // As what a stranger's server puts off.
  await s.redis.sadd(s.key('queues'), 'app/high.new');
  for (const id of ['a', 'b', 'c']) {
    await s.redis.zadd(s.key('app/high.new:later'), 5, id);
    await s.redis.hset(s.key(`app/high.new:${id}`), 'why', 'http_503');
  }
  expect(await s.later()).toEqual({ count: 4, known: 1, oldestAt: 5, reason: 'timeout' });
});
