import { Queue, QueueKeys } from 'bullmq';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../test/redis/private-redis.ts';
import { finish, startShard } from '../lanes/consumer/consumer.testing.ts';
import type { Settlement } from '../lanes/consumer/served-queues.ts';
import { bull } from './bullmq.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

test('keys of a queue are called as BullMQ calls them', () => {
  const { keys } = { keys: new QueueKeys('carillon').getKeys('{0.3}app/high') };
  for (const kind of [bull.wait, bull.active, bull.delayed, bull.failed, bull.meta])
    expect(keys[kind]).toBe(`carillon:{0.3}app/high:${kind}`);
});

test("BullMQ's tools show what waits, is in flight, is delayed and is set aside, with what they need of it", async () => {
  await using s = startShard(server.settings);
  const until = Date.now() + 60_000;
  const slow = Promise.withResolvers<Settlement>();
  await s.bull.add('delivery', { nonsense: true }, { jobId: 'set aside' });
  const worker = s.consume((delivery) =>
    delivery.id === 'is-delayed'
      ? Promise.resolve({ kind: 'delay', until, delivery: { ...delivery, tries: 1 } })
      : slow.promise,
  );
  await s.admit({ id: 'is-delayed' });
  await s.admit({ id: 'in flight' });
  const counts = () => s.bull.getJobCounts('wait', 'active', 'delayed', 'failed');
  await expect.poll(counts).toEqual({ wait: 0, active: 1, delayed: 1, failed: 1 });
  const [active] = await s.bull.getActive();
  expect(active).toMatchObject({ id: 'in flight', name: 'delivery', data: { v: 1 } });
  expect(Math.abs((active?.timestamp ?? 0) - Date.now())).toBeLessThan(60_000);
  const [delayed] = await s.bull.getDelayed();
  expect(delayed).toMatchObject({ id: 'is-delayed', data: { tries: 1 } });
  expect(Math.abs((delayed?.delay ?? 0) - 60_000)).toBeLessThan(20_000);
  const [failed] = await s.bull.getFailed();
  expect(failed).toMatchObject({ id: 'set aside', failedReason: 'not a delivery' });
  expect(Math.abs((failed?.finishedOn ?? 0) - Date.now())).toBeLessThan(60_000);

  slow.resolve(finish);
  await worker.stop(10_000);
  await s.admit({ id: 'waits' });
  expect((await s.bull.getWaiting()).map(({ id }) => id)).toEqual(['waits']);
  expect(await s.bull.getDelayedCount()).toBe(1);
});

test('takes what BullMQ promotes, and what it lets try again', async () => {
  await using s = startShard(server.settings);
  const taken: string[] = [];
  s.consume((delivery) => {
    taken.push(delivery.id);
    return Promise.resolve(
      taken.length === 1
        ? { kind: 'delay', until: Date.now() + 3_600_000, delivery: { ...delivery, tries: 1 } }
        : finish,
    );
  });
  await s.admit({ id: 'd' });
  const delayed = async () => (await s.bull.getDelayed())[0];
  await expect.poll(delayed).toBeDefined();
  await (await delayed())?.promote();
  await expect.poll(() => taken).toEqual(['d', 'd']);
});

test('a queue of BullMQ finds ours by its name', async () => {
  await using s = startShard(server.settings);
  const queue = new Queue(s.bull.name, { connection: s.redis, prefix: s.bull.opts.prefix ?? '' });
  await s.admit({ id: 'd' });
  expect(await queue.getWaitingCount()).toBe(1);
});
