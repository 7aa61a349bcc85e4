import { spawnSync } from 'node:child_process';
import { Queue } from 'bullmq';
import type { Delivery } from '@carillon/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdmissionDesk } from '../admission/admission.ts';
import { createLaneConsumer, type LaneConsumerOptions, type Settlement } from './lane-consumer.ts';
import { startPrivateRedis, type PrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { queueName, type QueueRef } from '../../queue-names.ts';
import { connectPatiently } from '../../redis/redis.ts';
import { deliveryFor } from '../../delivery.testing.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

let prefixes = 0;
const queue: QueueRef = { app: 'app', shard: 0, lane: 'high' };

/** One queue with keys of its own, and consumers on it that are stopped at the end. */
function setup(settings = server.settings) {
  const keyPrefix = `t${prefixes++}`;
  const redis = connectPatiently(settings);
  redis.on('error', () => undefined);
  const desk = createAdmissionDesk(redis, { keyPrefix, dedupWindowMs: 60_000, gatherMs: 0 });
  const bull = new Queue(queueName(queue), { connection: redis, prefix: keyPrefix });
  bull.on('error', () => undefined);
  const troubles: unknown[] = [];
  const buried: string[] = [];
  const consumers: ReturnType<typeof createLaneConsumer>[] = [];
  return {
    keyPrefix,
    redis,
    bull,
    troubles,
    buried,
    admit: (delivery: Partial<Delivery> = {}) =>
      desk.admit({
        delivery: deliveryFor(delivery),
        shards: 1,
        claim: delivery.id !== undefined,
        maxBacklog: 1_000,
      }),
    consume(handle: (delivery: Delivery) => Promise<Settlement>, options: Partial<LaneConsumerOptions> = {}) {
      const consumer = createLaneConsumer({
        redis,
        keyPrefix,
        queue,
        concurrency: 10,
        handle,
        observer: {
          trouble: (_queue, error) => troubles.push(error),
          buried: (_queue, reason) => buried.push(reason),
          recovered: () => undefined,
        },
        ...options,
      });
      consumers.push(consumer);
      consumer.start();
      return consumer;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(consumers.map((consumer) => consumer.stop(0)));
      redis.disconnect();
    },
  };
}

const finish: Settlement = { kind: 'finish' };

test('hands out each delivery once and leaves nothing of it behind', async () => {
  await using s = setup();
  const seen: string[] = [];
  s.consume((delivery) => {
    seen.push(delivery.id);
    return Promise.resolve(finish);
  });
  await Promise.all(Array.from({ length: 100 }, (_, i) => s.admit({ id: `d${i}` })));
  await expect.poll(() => seen.length).toBe(100);
  expect(new Set(seen).size).toBe(100);
  await expect.poll(() => s.redis.keys(`${s.keyPrefix}:{app/0}high:[0-9]*`)).toEqual([]);
  expect(await s.bull.getJobCounts('wait', 'active', 'completed', 'failed')).toEqual({
    wait: 0,
    active: 0,
    completed: 0,
    failed: 0,
  });
});

test('sends no more at a time than its concurrency', async () => {
  await using s = setup();
  let now = 0;
  let most = 0;
  const done = Promise.withResolvers<void>();
  let handled = 0;
  s.consume(
    async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      if (++handled === 50) done.resolve();
      return finish;
    },
    { concurrency: 3 },
  );
  await Promise.all(Array.from({ length: 50 }, (_, i) => s.admit({ id: `d${i}` })));
  await done.promise;
  expect(most).toBe(3);
});

test('brings a delayed delivery back at its time with what changed', async () => {
  await using s = setup();
  const tries: number[] = [];
  const times: number[] = [];
  const second = Promise.withResolvers<void>();
  s.consume((delivery) => {
    tries.push(delivery.tries);
    times.push(Date.now());
    if (delivery.tries === 1) {
      second.resolve();
      return Promise.resolve(finish);
    }
    return Promise.resolve({ kind: 'delay', until: Date.now() + 300, delivery: { ...delivery, tries: 1 } });
  });
  await s.admit();
  await second.promise;
  expect(tries).toEqual([0, 1]);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(290);
});

// Invariant 11.
test('gives back what is in flight at the end of the grace, for the next worker to take', async () => {
  await using s = setup();
  const stuck = Promise.withResolvers<Settlement>();
  const taken = Promise.withResolvers<void>();
  const first = s.consume(() => {
    taken.resolve();
    return stuck.promise;
  });
  await s.admit({ id: 'd' });
  await taken.promise;
  await first.stop(0);
  stuck.resolve(finish);
  const again = Promise.withResolvers<Delivery>();
  s.consume((delivery) => {
    again.resolve(delivery);
    return Promise.resolve(finish);
  });
  expect((await again.promise).tries).toBe(0);
});

test('finishes what is in flight before it stops', async () => {
  await using s = setup();
  const sending = Promise.withResolvers<Settlement>();
  const taken = Promise.withResolvers<void>();
  const consumer = s.consume(() => {
    taken.resolve();
    return sending.promise;
  });
  await s.admit();
  await taken.promise;
  const stopped = consumer.stop(10_000);
  sending.resolve(finish);
  await stopped;
  expect(await s.bull.getJobCounts('wait', 'active')).toEqual({ wait: 0, active: 0 });
});

test('takes over from a consumer that died', async () => {
  await using s = setup();
  // A worker of a dead process: it took the job and will never renew its lock again.
  await s.admit({ id: 'd' });
  const token = 'dead';
  await s.redis.rpoplpush(s.bull.keys['wait'] ?? '', s.bull.keys['active'] ?? '');
  await s.redis.set(`${s.bull.toKey('1')}:lock`, token, 'PX', 7_000);
  const again = Promise.withResolvers<string>();
  s.consume(({ id }) => {
    again.resolve(id);
    return Promise.resolve(finish);
  });
  expect(await again.promise).toBe('d');
});

test('a worker looks for what a dead one left as soon as it starts', async () => {
  await using s = setup();
  await s.admit({ id: 'd' });
  await s.redis.rpoplpush(s.bull.keys['wait'] ?? '', s.bull.keys['active'] ?? '');
  await s.redis.sadd(s.bull.keys['stalled'] ?? '', '1'); // an earlier look has found it, and it has no lock by now
  // It ends long before its first interval.
  await s.consume(() => Promise.resolve(finish)).stop(0);
  await expect.poll(() => s.redis.llen(s.bull.keys['active'] ?? '')).toBe(0);
});

test('what another worker has put off meanwhile is gone when the one that sent it comes back', async () => {
  await using s = setup();
  const sending = Promise.withResolvers<Settlement>();
  const taken = Promise.withResolvers<void>();
  const consumer = s.consume(() => {
    taken.resolve();
    return sending.promise;
  });
  await s.admit({ id: 'd' });
  await taken.promise;
  // The process slept for longer than its lock; somebody else took the delivery, and its provider said "later".
  await s.redis.del(`${s.bull.toKey('1')}:lock`);
  await s.redis.lrem(s.bull.keys['active'] ?? '', 0, '1');
  await s.redis.zadd(s.bull.keys['delayed'] ?? '', (Date.now() + 60_000) * 0x1000, '1');
  sending.resolve(finish);
  await consumer.stop(1_000);
  expect(await s.bull.getJobCounts('wait', 'active', 'delayed')).toEqual({ wait: 0, active: 0, delayed: 0 });
  expect(await s.redis.exists(s.bull.toKey('1'))).toBe(0);
});

test('does not send what another worker took while its own process slept', async () => {
  await using s = setup();
  await s.admit({ id: 'd' });
  const sent: string[] = [];
  let slept = false;
  const woken = Promise.withResolvers<void>();
  s.consume(
    (delivery) => {
      sent.push(delivery.id);
      return Promise.resolve(finish);
    },
    {
      // Asked just before the call to Redis: the sleep begins when it is under way, and ends with its answer unread.
      room: (inFlight) => {
        if (!slept) process.nextTick(sleepWhileTheLockMovesOn, `${s.bull.toKey('1')}:lock`);
        slept = true;
        return 10 - inFlight;
      },
    },
  );
  function sleepWhileTheLockMovesOn(lock: string): void {
    spawnSync('sh', ['-c', `sleep 4; redis-cli -p ${server.port} SET '${lock}' another PX 60000`]);
    woken.resolve();
  }
  await woken.promise;
  await s.admit({ id: 'after' });
  await expect.poll(() => sent).toEqual(['after']);
  expect(await s.redis.get(`${s.bull.toKey('1')}:lock`)).toBe('another');
});

test('buries what is no delivery and goes on', async () => {
  await using s = setup();
  await s.bull.add('delivery', { nonsense: true });
  const { id = '' } = await s.bull.add('delivery', {});
  await s.redis.hset(s.bull.toKey(id), 'data', '{no JSON');
  await s.admit();
  const seen = Promise.withResolvers<void>();
  s.consume(() => {
    seen.resolve();
    return Promise.resolve(finish);
  });
  await seen.promise;
  await expect.poll(() => s.buried).toEqual(['not a delivery', 'not a delivery']);
  expect((await s.bull.getFailed()).map(({ data }) => data as unknown)).toContain('{no JSON');
});

test('buries what made its workers crash, and goes on', async () => {
  await using s = setup();
  const { id = '' } = await s.bull.add('delivery', deliveryFor({ id: 'poison' }));
  await s.redis.hset(s.bull.toKey(id), { stc: 3, crashes: 2 });
  const { id: killed = '' } = await s.bull.add('delivery', deliveryFor({ id: 'killed thrice' }));
  await s.redis.hset(s.bull.toKey(killed), 'stc', 3);
  await s.admit({ id: 'new' });
  const seen = new Set<string>();
  s.consume((delivery) => {
    seen.add(delivery.id);
    return Promise.resolve(finish);
  });
  await expect.poll(() => seen).toEqual(new Set(['killed thrice', 'new']));
  await expect.poll(() => s.buried).toEqual(['crashed its workers']);
  expect(await s.bull.getJobCounts('wait', 'failed')).toEqual({ wait: 0, failed: 1 });
});

test('takes the newest call first, and the oldest message', async () => {
  for (const [lane, order] of [
    ['calls', ['d2', 'd1', 'd0']],
    ['high', ['d0', 'd1', 'd2']],
  ] as const) {
    await using s = setup();
    for (let n = 0; n < 3; n++) await s.admit({ id: `d${n}`, lane });
    const seen: string[] = [];
    s.consume(
      (delivery) => {
        seen.push(delivery.id);
        return Promise.resolve(finish);
      },
      { queue: { ...queue, lane }, concurrency: 1 },
    );
    await expect.poll(() => seen).toEqual(order);
  }
});

test('takes jobs that BullMQ added, and rests while BullMQ has the queue paused', async () => {
  await using s = setup();
  await s.bull.pause();
  await s.bull.add('delivery', deliveryFor({ id: 'from-bullmq' }));
  const seen = Promise.withResolvers<string>();
  let resumed = false;
  s.consume((delivery) => {
    seen.resolve(resumed ? delivery.id : 'while paused');
    return Promise.resolve(finish);
  });
  await s.admit({ id: 'admitted' });
  resumed = true;
  await s.bull.resume();
  expect(await seen.promise).toBe('from-bullmq');
});

test('resumes by itself after Redis was killed and restarted, losing nothing', async () => {
  await using own = await startPrivateRedis({ appendfsync: 'always' });
  await using s = setup(own.settings);
  const seen = new Set<string>();
  await Promise.all(Array.from({ length: 50 }, (_, i) => s.admit({ id: `d${i}` })));
  s.consume((delivery) => {
    seen.add(delivery.id);
    return Promise.resolve(finish);
  });
  await own.kill();
  await own.restart();
  await expect.poll(() => seen.size).toBe(50);
});
