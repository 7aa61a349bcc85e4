import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { startShard } from './consumer.testing.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

async function setup() {
  const s = startShard(server.settings);
  await s.ringFor(['app/high']);
  /** The worker takes a delivery, and has it wait until then. */
  const putAside = async (id: string, until: number, token = 'one') => {
    await s.admit({ id });
    const { jobs } = await s.turn({ token });
    expect(jobs).toMatchObject([{ id }]);
    return s.turn({ token, kept: [{ queue: 'app/high', id, what: 'delay', until, data: '{}' }] });
  };
  return { ...s, putAside, [Symbol.asyncDispose]: () => s[Symbol.asyncDispose]() };
}

const hourMs = 3_600_000;

test('of many workers one comes again for the next delayed delivery', async () => {
  await using s = await setup();
  const due = Date.now() + hourMs;
  expect(await s.putAside('a', due)).toMatchObject({ nextDueAt: due });
  for (const token of ['two', 'three']) expect(await s.turn({ token })).toMatchObject({ nextDueAt: 0 });
  expect(await s.turn({ token: 'one' })).toMatchObject({ nextDueAt: due });
});

test('the worker that puts one aside for an earlier time is the one', async () => {
  await using s = await setup();
  const due = Date.now() + hourMs;
  await s.putAside('a', due);
  expect(await s.putAside('b', due - 1_000, 'two')).toMatchObject({ nextDueAt: due - 1_000 });
  expect(await s.turn({ token: 'one' })).toMatchObject({ nextDueAt: 0 });
});

test('one that stops or dies leaves it to the next that comes', async () => {
  await using s = await setup();
  const due = Date.now() + hourMs;
  await s.putAside('a', due);
  await s.redis.del(s.key('bell:by-hand'));
  expect(await s.turn({ token: 'one', lifeMs: 0, room: 0 })).toMatchObject({ nextDueAt: 0 });
  expect(await s.redis.exists(s.key('bell:by-hand'))).toBe(1); // and wakes it
  expect(await s.turn({ token: 'two', lifeMs: 1 })).toMatchObject({ nextDueAt: due });
  const takenOver = async (): Promise<number> => (await s.turn({ token: 'three' })).nextDueAt;
  await expect.poll(takenOver).toBe(due);
});

test('one that is late is not waited for', async () => {
  await using s = await setup();
  // More are due than one turn moves, so that something is due still.
  const ids = Array.from({ length: 500 }, (_, n) => `late${n}`);
  for (const id of ids) await s.admit({ id });
  await s.turn({ token: 'one', room: 500, roomOfOthers: 500 });
  const until = Date.now() - 1_000;
  const kept = ids.map((id) => ({ queue: 'app/high', id, what: 'delay' as const, until, data: '{}' }));
  expect(await s.turn({ token: 'one', kept, room: 0 })).toMatchObject({ nextDueAt: until });
  expect(await s.turn({ token: 'two', room: 0 })).toMatchObject({ nextDueAt: until });
});
