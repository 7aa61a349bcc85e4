import { expect, test } from 'vitest';
import { startPrivateCluster } from '../../../../test/redis/private-cluster.ts';
import { startPrivateRedis } from '../../../../test/redis/private-redis.ts';
import { inOneWrite } from './in-one-write.ts';
import { connectPatiently } from './redis.ts';

/** How often a Redis has read from its clients. */
async function reads(redis: { info(section: string): Promise<string> }): Promise<number> {
  return Number(/total_reads_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
}

test('what is asked for together is read at once, and answered in order', async () => {
  await using server = await startPrivateRedis();
  const redis = connectPatiently(server.settings);
  await redis.ping();
  const before = await reads(redis);
  const answers: Promise<number>[] = [];
  inOneWrite(redis, () => {
    for (let n = 0; n < 50; n++) answers.push(redis.incr('key'));
  });
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  expect((await reads(redis)) - before).toBe(2); // and that of the question
  redis.disconnect();
});

test('on a Cluster each node reads its part at once', async () => {
  await using cluster = await startPrivateCluster(3);
  const redis = connectPatiently(cluster.settings);
  const keys = ['{131}', '{310}', '{246}']; // one on each node
  await Promise.all(keys.map((key) => redis.incr(key)));
  const nodes = 'nodes' in redis ? redis.nodes('master') : [];
  expect(nodes).toHaveLength(3);
  const before = await Promise.all(nodes.map(reads));
  const answers: Promise<number>[] = [];
  inOneWrite(redis, () => {
    for (let n = 0; n < 30; n++) answers.push(redis.incr(keys[n % 3] ?? ''));
  });
  await Promise.all(answers);
  const after = await Promise.all(nodes.map(reads));
  // The questions, and what the nodes say to one another.
  for (const [index, count] of after.entries()) expect(count - (before[index] ?? 0)).toBeLessThan(8);
  redis.disconnect();
});

test('goes on where there is no connection yet, and where the work throws', async () => {
  await using server = await startPrivateRedis();
  const redis = connectPatiently(server.settings);
  let answer: Promise<unknown> | undefined;
  inOneWrite(redis, () => {
    answer = redis.set('key', 'before');
  });
  expect(await answer).toBe('OK');
  expect(() =>
    inOneWrite(redis, () => {
      answer = redis.set('key', 'after');
      throw new Error('of the work');
    }),
  ).toThrow('of the work');
  expect(await answer).toBe('OK');
  redis.disconnect();
});
