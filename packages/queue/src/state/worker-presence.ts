import { readFileSync } from 'node:fs';
import { lanes, type Lane } from '@carillon/core';
import type { Result } from 'ioredis';
import { appPrefix } from '../queue-names.ts';
import type { RedisClient } from '../redis/redis.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonBeat(key: string, worker: string, lifeMs: number): Result<number, Context>;
  }
}

const script = readFileSync(new URL('../lua/beat.lua', import.meta.url), 'utf8');

/** One worker process, as seen by everybody. */
export interface PresentWorker {
  /** Host, process number and a random part, such as `worker-7d4f:17:k3x9`. */
  readonly id: string;
  readonly lanes: readonly Lane[];
}

/** What one app's workers are. */
export interface AppWorkers {
  readonly app: string;
  readonly workers: readonly PresentWorker[];
}

/**
 * Tells everybody which queues are taken: each worker writes its name and lanes under each of its apps, again and
 * again. Whoever stops leaves at once; whoever vanishes is gone after `lifeMs`. The memory is bounded by the number of
 * workers that live, since every beat removes those that do not, and the whole expires with the last of them.
 */
export interface WorkerPresence {
  beat(app: string, lanes: readonly Lane[]): Promise<void>;
  leave(app: string): Promise<void>;
}

/** Three beats may be missed: a worker whose loop is busy for some seconds is no worker that is gone. */
export const beatEveryMs = 5_000;
const lifeMs = 4 * beatEveryMs;

export function createWorkerPresence(redis: RedisClient, keyPrefix: string, id: string): WorkerPresence {
  redis.defineCommand('carillonBeat', { numberOfKeys: 1, lua: script });
  const written = new Map<string, string>();

  return {
    async beat(app, taken) {
      const worker = format({ id, lanes: taken });
      written.set(app, worker);
      await redis.carillonBeat(keyOf(keyPrefix, app), worker, lifeMs);
    },
    async leave(app) {
      const worker = written.get(app);
      if (worker !== undefined) await redis.zrem(keyOf(keyPrefix, app), worker);
    },
  };
}

/** Reads who takes deliveries of these apps: one round trip for all of them together. */
export async function readWorkers(
  redis: RedisClient,
  keyPrefix: string,
  apps: readonly string[],
): Promise<readonly AppWorkers[]> {
  return Promise.all(
    apps.map(async (app) => {
      const members = await redis.zrange(keyOf(keyPrefix, app), '0', '-1');
      return { app, workers: members.map(parse) };
    }),
  );
}

/** How many of the workers take from a lane. */
export function workersOf({ workers }: AppWorkers, lane: Lane): number {
  return workers.filter((worker) => worker.lanes.includes(lane)).length;
}

function keyOf(keyPrefix: string, app: string): string {
  return `${appPrefix(keyPrefix, app)}workers`;
}

function format({ id, lanes: taken }: PresentWorker): string {
  return `${taken.join(',')} ${id}`;
}

/** A lane that this version does not know is left out: the worker may be a newer one. */
function parse(member: string): PresentWorker {
  const [taken = '', ...id] = member.split(' ');
  const known = taken.split(',');
  return { id: id.join(' '), lanes: lanes.filter((lane) => known.includes(lane)) };
}
