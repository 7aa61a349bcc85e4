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
const leaseMs = 2_000;
/** For those who come while the next one is being made; an old backlog is worse than none. */
const snapshotMs = 3 * leaseMs;
/** For the first snapshot of all; longer than a reading takes. */
const firstWaitMs = 1_000;
const lookAgainMs = 50;

/**
 * Reads the backlog for any number of processes at the cost of one: the process that gets the lease asks Redis for every
 * queue and leaves a snapshot there, which the others take as it is until the lease ends.
 */
export function createBacklogReader(redis: RedisClient, options: BacklogReaderOptions): BacklogReader {
  const { keyPrefix, apps } = options;
  const known = new Set(apps.map(({ name }) => name));
  const leaseKey = `${keyPrefix}:backlog-lease`;
  const snapshotKey = `${keyPrefix}:backlog`;

  const readQueues = () => readBacklog(redis, options);

  async function readForAll(): Promise<readonly Backlog[]> {
    try {
      const backlog = await readQueues();
      await redis.set(snapshotKey, JSON.stringify(backlog), 'PX', snapshotMs);
      return backlog;
    } catch (error) {
      redis.del(leaseKey).catch(() => undefined); // the lease ends by itself too
      throw error;
    }
  }

  return async () => {
    const [lease, snapshot] = await Promise.all([
      redis.set(leaseKey, '', 'PX', leaseMs, 'NX').catch(() => 'refused'),
      redis.get(snapshotKey),
    ]);
    // A Redis that is full takes no snapshot, and that is when everybody wants to know.
    if (lease === 'refused') return readQueues();
    if (lease !== null) return readForAll();
    const text = snapshot ?? (await firstSnapshot());
    const backlog = JSON.parse(text) as readonly Backlog[]; // only `readForAll` writes it
    return backlog.filter(({ app }) => known.has(app)); // another process may have a newer configuration
  };

  async function firstSnapshot(): Promise<string> {
    const giveUpAt = performance.now() + firstWaitMs;
    while (performance.now() < giveUpAt) {
      await delay(lookAgainMs);
      const snapshot = await redis.get(snapshotKey);
      if (snapshot !== null) return snapshot;
    }
    throw new Error('The process that reads the backlog takes too long');
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
