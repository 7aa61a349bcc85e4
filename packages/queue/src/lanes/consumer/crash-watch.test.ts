import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCrashWatch } from './crash-watch.ts';
import { startPrivateRedis, type PrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { connectPatiently, type RedisClient } from '../../redis/redis.ts';

let server: PrivateRedis;
let redis: RedisClient;
beforeAll(async () => {
  server = await startPrivateRedis();
  redis = connectPatiently(server.settings);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

/** Another process starts the job under its watch, and dies of it or of a signal; resolves when it is gone. */
async function dieOf(jobKey: string, how: 'at the start' | 'while it waits'): Promise<void> {
  const work =
    how === 'at the start'
      ? '() => process.kill(process.pid, "SIGKILL")'
      : '() => new Promise(() => setTimeout(() => process.kill(process.pid, "SIGKILL"), 300))';
  const code = `
    import { createCrashWatch } from ${JSON.stringify(import.meta.resolve('./crash-watch.ts'))};
    import { connectPatiently } from ${JSON.stringify(import.meta.resolve('../../redis/redis.ts'))};
    const redis = connectPatiently(${JSON.stringify(server.settings)});
    await createCrashWatch(redis).start(${JSON.stringify(jobKey)}, ${work});
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' });
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  expect(signal).toBe('SIGKILL');
}

test('convicts what crashed two processes at its start, and starts it no third time', async () => {
  await redis.hset('poison', 'data', '{}');
  await dieOf('poison', 'at the start');
  await dieOf('poison', 'at the start');
  let started = false;
  const result = await createCrashWatch(redis).start('poison', () => {
    started = true;
    return Promise.resolve('sent');
  });
  expect([result, started]).toEqual([undefined, false]);
});

test('never convicts what was only waiting when its process was killed', async () => {
  await redis.hset('innocent', 'data', '{}');
  for (let n = 0; n < 3; n++) await dieOf('innocent', 'while it waits');
  expect(await redis.hgetall('innocent')).toEqual({ data: '{}' });
});

test('starts one at a time, and lets them wait for their answers together', async () => {
  const watch = createCrashWatch(redis);
  const answer = Promise.withResolvers<string>();
  const begun: string[] = [];
  const works = ['a', 'b', 'c'].map((name) =>
    watch.start(`together:${name}`, () => {
      begun.push(name);
      return answer.promise;
    }),
  );
  await expect.poll(() => begun).toEqual(['a', 'b', 'c']);
  answer.resolve('sent');
  expect(await Promise.all(works)).toEqual(['sent', 'sent', 'sent']);
});

test('a start that fails stops none of those behind it', async () => {
  const watch = createCrashWatch(redis);
  const failing = watch.start('failing', () => Promise.reject(new Error('no')));
  const next = watch.start('next', () => Promise.resolve('sent'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('sent');
});
