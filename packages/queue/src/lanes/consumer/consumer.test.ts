import { spawnSync } from 'node:child_process';
import { encodeDelivery, lanes, type Delivery } from '@carillon/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { deliveryFor } from '../../delivery.testing.ts';
import { finish, startShard } from './consumer.testing.ts';
import type { Settlement } from './served-queues.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

const setup = () => startShard(server.settings);

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
  await expect.poll(() => s.redis.keys(s.key('app/high:d*'))).toEqual([]);
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

test('an app that comes back while it leaves gives back what it left alone', async () => {
  await using s = setup();
  const taken = Promise.withResolvers<void>();
  const never = Promise.withResolvers<Settlement>();
  const consumer = s.consume(() => {
    taken.resolve();
    return never.promise;
  });
  await s.admit({ id: 'stuck' });
  await taken.promise;
  const ended = consumer.serving.end(1_000);
  const sent: string[] = [];
  consumer.serve({
    app: 'app',
    lanes,
    handle: async ({ id }) => {
      sent.push(id);
      await ended;
      return finish;
    },
  });
  await s.admit({ id: 'new' });
  await expect.poll(() => sent).toEqual(['new']);
  await ended;
  await expect.poll(() => s.redis.exists(s.key('app/high:new'), s.key('app/high:stuck'))).toBe(0);
  expect(sent).toEqual(['new', 'stuck']);
  never.resolve(finish);
});

test('takes over from a worker that died, as soon as it counts as dead', async () => {
  await using s = setup();
  await s.admit({ id: 'd' });
  await s.takeAndDie(300);
  s.consume(() => Promise.resolve(finish));
  await expect.poll(() => s.retaken).toEqual([1]);
  expect(s.recovered).toEqual([['app/high', 1]]);
  await expect.poll(() => s.redis.exists(s.key('app/high:d'), s.key('in-flight:dead'))).toBe(0);
});

test('what went back meanwhile is gone when the worker that sent it comes back', async () => {
  await using s = setup();
  const sending = Promise.withResolvers<Settlement>();
  const sent: string[] = [];
  const consumer = s.consume(({ id }) => {
    sent.push(id);
    return sending.promise;
  });
  await s.admit({ id: 'd' });
  await s.admit({ id: 'e' });
  await expect.poll(() => sent).toEqual(['d', 'e']);
  // The process slept for too long; somebody else put one back, and of the other its provider said "later".
  await s.redis.del(await s.redis.keys(s.key('in-flight:*')));
  await s.redis.rpush(s.key('app/high:wait'), 'd');
  await s.redis.zadd(s.key('app/high:delayed'), (Date.now() + 60_000) * 0x1000, 'e');
  sending.resolve(finish);
  await consumer.stop(10_000);
  expect(await s.redis.exists(s.key('app/high:d'), s.key('app/high:e'), s.key('app/high:delayed'))).toBe(0);

  // What still stands in line is passed over, and is no dead letter.
  s.consume(({ id }) => {
    sent.push(id);
    return Promise.resolve(finish);
  });
  await s.admit({ id: 'f' });
  await expect.poll(() => sent).toEqual(['d', 'e', 'f']);
  expect(s.deadLetters).toEqual([]);
  expect(await s.bull.getJobCounts('wait', 'delayed', 'failed')).toEqual({ wait: 0, delayed: 0, failed: 0 });
});

test('a second thought of a worker that was taken for dead changes nothing', async () => {
  await using s = setup();
  const sending = Promise.withResolvers<Settlement>();
  const taken = Promise.withResolvers<Delivery>();
  const consumer = s.consume((delivery) => {
    taken.resolve(delivery);
    return sending.promise;
  });
  await s.admit({ id: 'd' });
  const delivery = await taken.promise;
  await s.redis.del(await s.redis.keys(s.key('in-flight:*')));
  await s.redis.rpush(s.key('app/high:wait'), 'd');
  sending.resolve({ kind: 'delay', until: Date.now() + 60_000, delivery });
  await consumer.stop(10_000);
  expect(await s.bull.getJobCounts('wait', 'delayed')).toEqual({ wait: 1, delayed: 0 });
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
      app: {
        // Asked just before the call to Redis: the sleep begins when it is under way, and ends with its answer unread.
        room: () => {
          if (!slept) process.nextTick(sleepWhileItIsTaken);
          slept = true;
          return 10;
        },
      },
    },
  );
  function sleepWhileItIsTaken(): void {
    const cli = `redis-cli -p ${server.port}`;
    spawnSync('sh', ['-c', `sleep 4; ${cli} DEL "$(${cli} --raw KEYS '${s.key('in-flight:*')}')"`]);
    woken.resolve();
  }
  await woken.promise;
  await s.admit({ id: 'after' });
  await expect.poll(() => sent).toEqual(['after']);
  expect(await s.redis.exists(s.key('app/high:d'))).toBe(1);
});

const called = (jobId: string) => ({ jobId });

test('sets aside what is no delivery, or has lost its data, and goes on', async () => {
  await using s = setup();
  await s.bull.add('delivery', { nonsense: true }, called('a'));
  await s.bull.add('delivery', {}, called('b'));
  await s.redis.hset(s.bull.toKey('b'), 'data', '{no JSON');
  await s.bull.add('delivery', {}, called('c'));
  await s.redis.hdel(s.bull.toKey('c'), 'data');
  await s.bull.add('delivery', {}, called('d'));
  await s.redis.del(s.bull.toKey('d'));
  await s.admit();
  const seen = Promise.withResolvers<void>();
  s.consume(() => {
    seen.resolve();
    return Promise.resolve(finish);
  });
  await seen.promise;
  await expect
    .poll(() => s.deadLetters)
    .toEqual(['not a delivery', 'not a delivery', 'its data are gone', 'its data are gone']);
  await expect.poll(() => s.bull.getJobCounts('failed')).toEqual({ failed: 4 });
  expect((await s.bull.getFailed()).map(({ data }) => data as unknown)).toContain('{no JSON');
});

// Invariant 17.
test('leaves what a later version wrote to a later version', async () => {
  await using s = setup();
  const data = { v: 99, more: 'than we know' };
  await s.bull.add('delivery', data, called('later'));
  s.consume(() => Promise.resolve(finish));
  await expect.poll(() => s.bull.getJobCounts('delayed')).toEqual({ delayed: 1 });
  expect((await s.bull.getDelayed()).map((job) => job.data as unknown)).toEqual([data]);
});

test('sets aside what made its workers crash, and goes on', async () => {
  await using s = setup();
  await s.admit({ id: 'poison' });
  await s.redis.hset(s.bull.toKey('poison'), { stc: 3, crashes: 2 });
  await s.admit({ id: 'killed thrice' });
  await s.redis.hset(s.bull.toKey('killed thrice'), 'stc', 3);
  await s.admit({ id: 'endless' });
  await s.redis.hset(s.bull.toKey('endless'), 'stc', 101);
  await s.admit({ id: 'new' });
  const seen = new Set<string>();
  s.consume((delivery) => {
    seen.add(delivery.id);
    return Promise.resolve(finish);
  });
  await expect.poll(() => seen).toEqual(new Set(['killed thrice', 'new']));
  const reasons = ['came back from its workers too often', 'crashed its workers'];
  await expect.poll(() => s.deadLetters.toSorted()).toEqual(reasons);
  await expect.poll(() => s.bull.getJobCounts('wait', 'failed')).toEqual({ wait: 0, failed: 2 });
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
      { concurrency: 1, app: { lanes: [lane] } },
    );
    await expect.poll(() => seen).toEqual(order);
  }
});

test('takes jobs that BullMQ added, and rests while BullMQ has the queue paused', async () => {
  await using s = setup();
  await s.bull.pause();
  const data = JSON.parse(encodeDelivery(deliveryFor())) as object;
  await s.bull.add('delivery', data, called('from-bullmq'));
  const seen: string[] = [];
  let resumed = false;
  s.consume((delivery) => {
    seen.push(resumed ? delivery.id : 'while paused');
    return Promise.resolve(finish);
  });
  await s.admit({ id: 'admitted' });
  resumed = true;
  await s.bull.resume();
  await expect.poll(() => seen.toSorted()).toEqual(['admitted', 'from-bullmq']);
});

test('resumes by itself after Redis was killed and restarted, losing nothing', async () => {
  await using own = await startPrivateRedis({ appendfsync: 'always' });
  await using s = startShard(own.settings);
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
