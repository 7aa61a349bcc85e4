import { connectFailingFast } from '@carillon/queue';
import { expect, test } from 'vitest';
import { startPrivateRedis } from '../../../../test/redis/private-redis.ts';
import { unusableRedis } from './unusable-redis.ts';

async function setup() {
  const server = await startPrivateRedis();
  const redis = connectFailingFast(server.settings);
  redis.on('error', () => undefined); // its commands tell
  await expect.poll(() => redis.status).toBe('ready');
  return {
    server,
    redis,
    said: (command: Promise<unknown>) =>
      command.then(
        () => 'nothing',
        (error: unknown) => unusableRedis(error, server.settings),
      ),
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await server.stop();
    },
  };
}

test('a Redis that has gone is said to be away, in words that an operator knows', async () => {
  await using s = await setup();
  const underWay = s.said(s.redis.blpop('nothing', 0));
  await s.server.kill();
  const away = expect.objectContaining({
    detail: 'there is no connection to it',
    cure: expect.stringContaining('start Redis'),
  });
  expect(await underWay).toEqual(away);
  await expect.poll(() => s.redis.status).not.toBe('ready');
  expect(await s.said(s.redis.ping())).toEqual(away);
});

test('a Redis that is frozen is said not to answer', async () => {
  await using s = await setup();
  s.server.freeze();
  expect(await s.said(s.redis.ping())).toMatchObject({
    detail: 'it does not answer in time',
    cure: expect.stringContaining('frozen'),
  });
});
