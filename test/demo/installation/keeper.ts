import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { startPrivateRedis, type PrivateRedis } from '../../redis/private-redis.ts';
import { killProcess } from './child.ts';

/**
 * The demo's keeper, a program: `keeper.ts FOLDER`, with TMPDIR set to FOLDER. It holds what must not outlive the
 * demo, even when the demo is killed with `kill -9`:
 *
 *   starts Redis and prints {"ready":true,"url":"redis://…","pid":…}
 *   prints {"gone":"redis-server"} if that ends by itself
 *   {"began":PID} and {"ended":PID} on its input tell which processes the demo has
 *   its input ends (the demo does, in whatever way), or SIGTERM: ends all of them and Redis, removes FOLDER
 */
const [folder = ''] = process.argv.slice(2);
const pids = new Set<number>();
const over = Promise.withResolvers<void>();
const redisLookMs = 500;

const control = createInterface({ input: process.stdin });
control.on('line', obey);
control.once('close', over.resolve);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => over.resolve());
// Nobody listens any more when the demo was killed.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

let redis: PrivateRedis | undefined;
let look: NodeJS.Timeout | undefined;
try {
  redis = await startPrivateRedis();
  process.stdout.write(`${JSON.stringify({ ready: true, url: redis.url, pid: redis.pid })}\n`);
  look = setInterval(() => {
    if (redis !== undefined && isAlive(redis.pid)) return;
    // The demo ends then, and with it our input.
    process.stdout.write(`${JSON.stringify({ gone: 'redis-server' })}\n`);
    clearInterval(look);
  }, redisLookMs);
  await over.promise;
} catch (error) {
  const { message, cause } = error as Error;
  process.stderr.write(`${message}${cause instanceof Error ? `: ${cause.message}` : ''}\n`);
  process.exitCode = 1;
} finally {
  clearInterval(look);
  for (const pid of pids) killProcess(pid);
  await redis?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}
// oxlint-disable-next-line unicorn/no-process-exit -- a Redis that could not be started leaves a client that tries for ever
process.exit();

function obey(text: string): void {
  const { began, ended } = JSON.parse(text) as { readonly began?: number; readonly ended?: number };
  if (began !== undefined) pids.add(began);
  if (ended !== undefined) pids.delete(ended);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
