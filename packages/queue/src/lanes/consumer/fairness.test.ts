import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { finish, startShard } from './consumer.testing.ts';
import type { Turn } from './turn.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

const setup = () => startShard(server.settings);
type Shard = ReturnType<typeof setup>;

const quiet = Array.from({ length: 59 }, (_, n) => `quiet${n}`);

/** Puts so many on the queue. */
async function fill(s: Shard, app: string, count: number, lane: 'calls' | 'high' | 'low' = 'high') {
  const ids = Array.from({ length: count }, (_, n) => `${app}-${lane}-${n}`);
  await Promise.all(
    ids.map((id) => s.admit({ id, app, lane, unclaimed: true, device: { appId: app, pushkey: id } })),
  );
}

/** How many of each queue. */
function taken({ jobs }: Turn): Readonly<Record<string, number>> {
  const byQueue = Map.groupBy(jobs, ({ queue }) => queue);
  return Object.fromEntries([...byQueue].map(([queue, ofQueue]) => [queue, ofQueue.length]));
}

// Invariant 8.
test('one app with a flood beside fifty-nine with one each: all of those are taken in the first turn', async () => {
  await using s = setup();
  await s.ringFor(['flood/high', ...quiet.map((app) => `${app}/high`)]);
  await fill(s, 'flood', 2_000);
  for (const app of quiet) await fill(s, app, 1);
  const first = await s.turn({ room: 256, roomOfOthers: 256 });
  expect(taken(first)).toEqual({
    'flood/high': 256 - 59,
    ...Object.fromEntries(quiet.map((app) => [`${app}/high`, 1])),
  });
  expect(first.state).toBe('hungry');
  // What came after it waits for one turn, and the flood goes on at full speed.
  await fill(s, 'quiet0', 1, 'high');
  expect(taken(await s.turn({ room: 256, roomOfOthers: 256 }))).toEqual({
    'flood/high': 255,
    'quiet0/high': 1,
  });
});

test('calls come first, whatever waits', async () => {
  await using s = setup();
  await s.ringFor(['a/high', 'a/calls', 'b/calls', 'b/low']);
  await fill(s, 'a', 50);
  await fill(s, 'b', 50, 'low');
  await fill(s, 'b', 10, 'calls');
  await fill(s, 'a', 3, 'calls');
  expect(taken(await s.turn({ room: 13 }))).toEqual({ 'b/calls': 10, 'a/calls': 3 });
});

test('room is shared evenly, and what one cannot use goes to those after it', async () => {
  await using s = setup();
  await s.ringFor(['a/high', 'b/high', 'c/high']);
  for (const app of ['a', 'b', 'c']) await fill(s, app, 100);
  expect(taken(await s.turn({ room: 30 }))).toEqual({ 'a/high': 10, 'b/high': 10, 'c/high': 10 });
  const rooms = new Map([['b/high', 2]]);
  expect(taken(await s.turn({ room: 30, rooms }))).toEqual({ 'a/high': 10, 'b/high': 2, 'c/high': 18 });
});

test('with more queues than room, each has its turn', async () => {
  await using s = setup();
  const apps = ['a', 'b', 'c', 'd', 'e'];
  await s.ringFor(apps.map((app) => `${app}/high`));
  for (const app of apps) await fill(s, app, 10);
  const turns = [await s.turn({ room: 2 }), await s.turn({ room: 2 }), await s.turn({ room: 2 })];
  expect(turns.map((turn) => Object.keys(taken(turn)).toSorted())).toEqual([
    ['a/high', 'b/high'],
    ['c/high', 'd/high'],
    ['a/high', 'e/high'],
  ]);
});

test('nothing is taken of what is closed, and nobody is kept awake by it', async () => {
  await using s = setup();
  await s.ringFor(['closed/high', 'open/high']);
  await fill(s, 'closed', 5);
  await fill(s, 'open', 1);
  const rooms = new Map([['closed/high', -1]]);
  const turn = await s.turn({ rooms });
  expect([taken(turn), turn.state]).toEqual([{ 'open/high': 1 }, 'empty']);
  expect((await s.turn({ rooms: new Map([['closed/high', 0]]) })).state).toBe('full');
  expect(taken(await s.turn({}))).toEqual({ 'closed/high': 5 });
});

test('a worker of other queues is not woken, and one of these is', async () => {
  await using s = setup();
  const seen: string[] = [];
  const consume = (name: string, app: string) =>
    s.consume(
      ({ id }) => {
        seen.push(`${name} ${id}`);
        return Promise.resolve(finish);
      },
      { app: { app } },
    );
  consume('one', 'a');
  consume('another', 'b');
  await expect.poll(async () => (await s.redis.keys(s.key('bell:*'))).length).toBe(0);
  await expect.poll(() => s.redis.zcard(s.key('bells'))).toBe(2);
  await s.admit({ id: 'x', app: 'b', device: { appId: 'b', pushkey: 'k' } });
  await expect.poll(() => seen).toEqual(['another x']);
  expect(await s.redis.hgetall(s.key('rings'))).toMatchObject({
    'a/high': expect.stringMatching(/^\S+$/) as string,
    'b/high': expect.stringMatching(/^\S+$/) as string,
  });
});
