import { expect, test } from 'vitest';
import { startPrivateRedis } from '../../../../test/redis/private-redis.ts';
import { connectFailingFast, connectPatiently, type RedisClient } from './redis.ts';

/** Unlike `events.once`, whatever errors come before. */
function event(redis: RedisClient, name: 'ready' | 'close'): Promise<void> {
  return new Promise((resolve) => redis.once(name, () => resolve()));
}

test.each([
  ['fast', connectFailingFast],
  ['patiently', connectPatiently],
])(
  'leaves a Redis that became a replica, and works with what its address leads to then (%s)',
  async (_, connect) => {
    await using server = await startPrivateRedis();
    const redis = connect(server.settings);
    await event(redis, 'ready');
    await redis.call('REPLICAOF', '127.0.0.1', '1');
    let isAnew = false;
    void event(redis, 'close')
      .then(() => event(redis, 'ready'))
      .then(() => (isAnew = true));
    await expect(redis.set('key', '')).rejects.toThrow('READONLY');
    const refused = async (): Promise<boolean> => {
      await redis.set('key', '').catch(() => undefined);
      return isAnew;
    };
    await expect.poll(refused).toBe(true);
    await redis.call('REPLICAOF', 'NO', 'ONE');
    expect(await redis.set('key', '')).toBe('OK');
    redis.disconnect();
  },
);

test('a connection that fails fast gives up a frozen Redis in less than a second, and is back by itself', async () => {
  await using server = await startPrivateRedis();
  const redis = connectFailingFast(server.settings);
  redis.on('error', () => undefined);
  await event(redis, 'ready');
  const left = event(redis, 'close');
  server.freeze();
  await expect(redis.set('key', '')).rejects.toThrow('timed out');
  await left; // it is not waited for until the operating system gives the connection up
  await expect(redis.set('key', '')).rejects.toThrow('enableOfflineQueue');
  server.thaw();
  await event(redis, 'ready');
  expect(await redis.set('key', '')).toBe('OK');
  redis.disconnect();
});
