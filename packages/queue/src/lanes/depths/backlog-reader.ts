import { setTimeout as delay } from 'node:timers/promises';
import type { Shards } from '../../layout/shards.ts';
import { addShards, allShards, readDepths, type LaneDepth } from './depths.ts';
import type { RedisClient } from '../../redis/redis.ts';
import { readWorkers, workersOf } from '../../state/worker-presence.ts';

/** What waits in one lane of an app, over all its shards, and who takes it. */
export interface Backlog extends LaneDepth {
  /** Worker processes that take from it. */
  readonly workers: number;
}

/** Resolves to what waits in each lane of each app. Rejects when Redis does not say. */
export type BacklogReader = () => Promise<readonly Backlog[]>;

export interface BacklogReaderOptions {
  readonly keyPrefix: string;
  readonly shards: Shards;
  readonly apps: BackloggedApps;
}

type BackloggedApps = readonly { readonly name: string }[];

/** For this long nobody reads again: how old a backlog may be. */
const turnMs = 2_000;
/** For those who come while the next turn is being read; an old backlog is worse than none. */
const snapshotMs = 3 * turnMs;
/** For the first snapshot of all; longer than a reading takes. */
const firstWaitMs = 1_000;
const lookAgainMs = 50;

/**
 * Reads the backlog for any number of processes at the cost of one: whoever gets the turn asks Redis for every
 * queue and leaves a snapshot there, which the others take as it is until the next turn.
 */
export function createBacklogReader(redis: RedisClient, options: BacklogReaderOptions): BacklogReader {
  const { keyPrefix, apps } = options;
  const known = new Set(apps.map(({ name }) => name));
  const turnKey = `${keyPrefix}:backlog-turn`;
  const snapshotKey = `${keyPrefix}:backlog`;

  const readQueues = () => readBacklog(redis, options);

  async function takeTurn(): Promise<readonly Backlog[]> {
    try {
      const backlog = await readQueues();
      await redis.set(snapshotKey, JSON.stringify(backlog), 'PX', snapshotMs);
      return backlog;
    } catch (error) {
      redis.del(turnKey).catch(() => undefined); // the turn ends by itself too
      throw error;
    }
  }

  return async () => {
    const [turn, snapshot] = await Promise.all([
      redis.set(turnKey, '', 'PX', turnMs, 'NX').catch(() => 'refused'),
      redis.get(snapshotKey),
    ]);
    // A Redis that is full takes no snapshot, and that is when everybody wants to know.
    if (turn === 'refused') return readQueues();
    if (turn !== null) return takeTurn();
    const text = snapshot ?? (await firstSnapshot());
    const backlog = JSON.parse(text) as readonly Backlog[]; // only `takeTurn` writes it
    return backlog.filter(({ app }) => known.has(app)); // another process may have a newer configuration
  };

  async function firstSnapshot(): Promise<string> {
    const giveUpAt = performance.now() + firstWaitMs;
    while (performance.now() < giveUpAt) {
      await delay(lookAgainMs);
      const snapshot = await redis.get(snapshotKey);
      if (snapshot !== null) return snapshot;
    }
    throw new Error('Whoever reads the backlog takes too long');
  }
}

/** Asks Redis for every queue, and who takes from it. */
export async function readBacklog(
  redis: RedisClient,
  { keyPrefix, shards, apps }: BacklogReaderOptions,
): Promise<readonly Backlog[]> {
  const names = apps.map(({ name }) => name);
  const [depths, workers] = await Promise.all([
    readDepths(redis, keyPrefix, allShards(shards)),
    readWorkers(redis, keyPrefix, names),
  ]);
  const byApp = new Map(workers.map((one) => [one.app, one]));
  return addShards(depths, names).map((depth) => {
    const takers = byApp.get(depth.app);
    return { ...depth, workers: takers === undefined ? 0 : workersOf(takers, depth.lane) };
  });
}
