import { readFileSync } from 'node:fs';
import { lanes, type Lane } from '@carillon/core';
import type { Result } from 'ioredis';
import type { RedisClient } from '../redis/redis.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonBeat(
      workers: string,
      takes: string,
      id: string,
      apps: string,
      lifeMs: number,
    ): Result<1, Context>;
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

/** The lanes of each app that a worker takes. */
export type TakenLanes = ReadonlyMap<string, readonly Lane[]>;

/**
 * Tells everybody which queues are taken: each worker writes its name with its apps and lanes, again and
 * again. One that stops leaves at once; one that vanishes is gone after `lifeMs`. The memory is bounded by the number of
 * workers that live, since every beat removes those that do not, and the whole expires with the last of them.
 */
export interface WorkerPresence {
  beat(takes: TakenLanes): Promise<void>;
  leave(): Promise<void>;
}

/** Three beats may be missed: a worker whose loop is busy for some seconds is no worker that is gone. */
export const beatEveryMs = 5_000;
const lifeMs = 4 * beatEveryMs;

export function createWorkerPresence(redis: RedisClient, keyPrefix: string, id: string): WorkerPresence {
  redis.defineCommand('carillonBeat', { numberOfKeys: 2, lua: script });
  const { workers, takes } = keysOf(keyPrefix);

  return {
    async beat(taken) {
      await redis.carillonBeat(workers, takes, id, JSON.stringify(Object.fromEntries(taken)), lifeMs);
    },
    async leave() {
      await Promise.all([redis.zrem(workers, id), redis.hdel(takes, id)]);
    },
  };
}

/** Reads who takes deliveries of these apps. */
export async function readWorkers(
  redis: RedisClient,
  keyPrefix: string,
  apps: readonly string[],
): Promise<readonly AppWorkers[]> {
  const all = Object.entries(await redis.hgetall(keysOf(keyPrefix).takes)).map(([id, text]) => ({
    id,
    taken: new Map(Object.entries(JSON.parse(text) as Readonly<Record<string, readonly string[]>>)), // only `beat` writes it
  }));
  return apps.map((app) => ({
    app,
    workers: all.flatMap(({ id, taken }) => {
      const words = taken.get(app);
      // A lane that this version does not know is left out: the worker may be a newer one.
      return words === undefined ? [] : [{ id, lanes: lanes.filter((lane) => words.includes(lane)) }];
    }),
  }));
}

/** How many of the workers take from a lane. */
export function workersOf({ workers }: AppWorkers, lane: Lane): number {
  return workers.filter((worker) => worker.lanes.includes(lane)).length;
}

/** One hash tag, since a script has both. */
function keysOf(keyPrefix: string) {
  return { workers: `${keyPrefix}:{workers}`, takes: `${keyPrefix}:{workers}takes` };
}
