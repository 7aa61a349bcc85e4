import { setImmediate } from 'node:timers/promises';
import { strikes } from '../../layout/bullmq.ts';
import type { RedisClient } from '../../redis/redis.ts';

/**
 * Finds the delivery that makes its workers crash (a payload that ends the process or never lets go of its event
 * loop), and no other. A worker that dies takes everything with it that it had in flight, so having been there
 * proves nothing. What has come back from a dead worker is therefore started alone, with a strike on its job that
 * is taken back as soon as the process has survived the start: waiting for a provider is no crime.
 *
 * One crash makes a delivery come here, and two strikes that nobody took back convict it: three in all. A
 * process that is killed from outside leaves a strike only within the milliseconds of a start.
 */
export interface CrashWatch {
  /** Resolves to undefined, without a start, for a delivery that is convicted. */
  start<T>(jobKey: string, work: () => Promise<T>): Promise<T | undefined>;
}

const strikesAllowed = 2;

export function createCrashWatch(redis: RedisClient): CrashWatch {
  let last: Promise<unknown> = Promise.resolve();

  async function startAlone<T>(jobKey: string, work: () => Promise<T>) {
    const count = await redis.hincrby(jobKey, strikes, 1);
    if (count > strikesAllowed) return undefined;
    const running = work();
    running.catch(() => undefined); // the code that awaits it below hears of it
    await setImmediate(); // what crashes at the start has done so by the second turn of the event loop
    await setImmediate();
    await redis.hdel(jobKey, strikes);
    return { running };
  }

  return {
    async start(jobKey, work) {
      const turn = last.then(() => startAlone(jobKey, work));
      last = turn.catch(() => undefined);
      return (await turn)?.running;
    },
  };
}
