import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { finish, startShard } from './consumer.testing.ts';
import type { Settlement } from './served-queues.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

const setup = () => startShard(server.settings);

/** Of the one worker that takes turns. */
async function tokenOf({ redis, key }: ReturnType<typeof setup>): Promise<string> {
  const workers = () => redis.zrange(key('workers'), 0, '-1');
  await expect.poll(workers).toHaveLength(1);
  return (await workers())[0] ?? '';
}

// Invariant 1.
test('sends what was handed out to it while its connection broke, though it never heard of it', async () => {
  await using s = setup();
  let room = 0;
  const sent: string[] = [];
  const consumer = s.consume(
    ({ id }) => {
      sent.push(id);
      return Promise.resolve(finish);
    },
    { app: { room: () => room } },
  );
  const token = await tokenOf(s);
  // A turn in its name, whose answer it does not get.
  await s.ringFor(['app/high']);
  await s.admit({ id: 'd' });
  await s.turn({ token });
  expect(await s.redis.smembers(s.key(`in-flight:${token}`))).toEqual(['app/high:d']);
  room = 10;
  consumer.serving.poke();
  await expect.poll(() => sent).toEqual(['d']);
  await expect.poll(() => s.redis.exists(s.key('app/high:d'), s.key(`in-flight:${token}`))).toBe(0);
  expect(s.unheard).toEqual([['app/high', 1]]);
});

test('gives back nothing that it is sending, however long that takes', async () => {
  await using s = setup();
  const sent: string[] = [];
  const answer = Promise.withResolvers<Settlement>();
  s.consume(({ id }) => {
    sent.push(id);
    return answer.promise;
  });
  await s.admit({ id: 'd' });
  await expect.poll(() => sent).toEqual(['d']);
  const token = await tokenOf(s);
  // One more, so that it has cause to look.
  await s.redis.sadd(s.key(`in-flight:${token}`), 'app/high:e');
  await expect.poll(() => s.unheard).toEqual([['app/high', 1]]);
  expect(await s.redis.smembers(s.key(`in-flight:${token}`))).toEqual(['app/high:d']);
  answer.resolve(finish);
  await expect.poll(() => s.redis.exists(s.key('app/high:d'))).toBe(0);
  expect(sent).toEqual(['d']);
});
