import { randomUUID } from 'node:crypto';
import type { Lane } from '@carillon/core';
import { shardPrefix } from '../../layout/keys.ts';
import type { Shards } from '../../layout/shards.ts';
import { inOneWrite } from '../../redis/in-one-write.ts';
import type { RedisClient } from '../../redis/redis.ts';
import { createCrashWatch } from './crash-watch.ts';
import { createPacer } from '../pacer.ts';
import type { ConsumerObserver } from './one-delivery.ts';
import { createServedQueues, namesOf, type ServedApp } from './served-queues.ts';
import { createShardConsumer, lookEveryMs, type ShardConsumer } from './shard-consumer.ts';

/**
 * Takes the deliveries of a worker's apps from all shards, hands each to the app's `handle`, and does with it what that
 * decided. All shards keep one beat, so that the process wakes up once for all of them.
 */
export interface Consumer {
  /** Takes the deliveries of an app from now on. */
  serve(app: ServedApp): Serving;
  /** Takes nothing more of any app; see `ShardConsumer`. */
  stop(graceMs: number): Promise<void>;
}

export interface Serving {
  /** Deliveries being sent. */
  inFlight(lane: Lane): number;
  /** Asks again what `room` allows. */
  poke(): void;
  /** Takes nothing more of the app, and resolves when nothing of it is in flight, at the latest after `graceMs`. */
  end(graceMs: number): Promise<void>;
}

export interface ConsumerOptions {
  readonly redis: RedisClient;
  readonly keyPrefix: string;
  readonly shards: Shards & {
    /** Told which of the shards above the present number are empty. */
    retire?(isEmpty: (shard: number) => boolean): Promise<void>;
  };
  /** Sends in flight of each app and lane, spread over the shards. */
  readonly concurrency: number;
  /** How long the claim of a delivery is kept that has left its queue. */
  readonly claimLifeMs: number;
  /** Nothing is taken before it resolves. */
  readonly mayBegin?: Promise<void>;
  readonly observer: ConsumerObserver;
  /** Least time between two beats. */
  readonly beatMs?: number;
  /** Called with the time of each turn's round trip, for metrics. */
  readonly roundTrip?: (seconds: number) => void;
  /** Milliseconds since 1970; default: the machine's own time. */
  readonly now?: () => number;
}

const defaultBeatMs = 20;

export function createConsumer(options: ConsumerOptions): Consumer {
  const { redis, keyPrefix, shards, observer } = options;
  const token = randomUUID();
  const served = createServedQueues();
  const crashWatch = createCrashWatch(redis);
  const consumers = new Map<number, ShardConsumer>();
  const pacer = createPacer(options.beatMs ?? defaultBeatMs, () =>
    inOneWrite(redis, () => {
      for (const consumer of consumers.values()) consumer.beat();
    }),
  );
  let mayLook = false;
  let looking = false;
  let stopping = false;

  function open(shard: number): void {
    const consumer = createShardConsumer({
      redis,
      keyPrefix,
      shard,
      token,
      served,
      concurrency: Math.ceil(options.concurrency / shards.current()),
      claimLifeMs: options.claimLifeMs,
      crashWatch,
      observer,
      roundTrip: options.roundTrip,
      now: options.now ?? Date.now,
      due: () => pacer.due(),
    });
    consumers.set(shard, consumer);
    consumer.wake();
  }

  /** Those above the present number are left as soon as they are empty. */
  async function look(): Promise<void> {
    const empty = new Set<number>();
    const highest = shards.highest();
    for (let shard = 0; shard < highest; shard++) {
      if (stopping) return;
      const consumer = consumers.get(shard);
      if (consumer !== undefined) {
        if (!(await consumer.look()) || shard < shards.current()) continue;
        consumers.delete(shard);
        await consumer.stop(0);
        empty.add(shard);
      } else if ((await redis.exists(`${shardPrefix(keyPrefix, shard)}queues`)) === 1) open(shard);
      else empty.add(shard);
    }
    await shards.retire?.((shard) => empty.has(shard));
  }

  /** Never twice at a time, or calls would pile up while Redis is away. */
  function lookOver(): void {
    if (!mayLook || looking || stopping) return;
    looking = true;
    look()
      .catch((error: unknown) => observer.trouble(error))
      .finally(() => (looking = false));
  }

  const looks = setInterval(lookOver, lookEveryMs);
  void begin();

  /** Never rejects, since that never does. */
  async function begin(): Promise<void> {
    await options.mayBegin;
    if (stopping) return;
    for (let shard = 0; shard < shards.current(); shard++) open(shard);
    mayLook = true;
    lookOver();
  }

  function serveAnew(): void {
    for (const consumer of consumers.values()) consumer.serveAnew();
  }

  return {
    serve(app) {
      served.add(app);
      serveAnew();

      return {
        inFlight(lane) {
          const names = namesOf({ app: app.app, lanes: [lane] });
          const counts = [...consumers.values()].flatMap((one) => names.map((name) => one.inFlight(name)));
          return counts.reduce((sum, count) => sum + count, 0);
        },
        poke() {
          served.changed();
          for (const consumer of consumers.values()) consumer.wake();
        },
        async end(graceMs) {
          served.remove(app);
          serveAnew();
          const names = new Set(namesOf(app));
          const leave = (consumer: ShardConsumer) => consumer.leave((queue) => names.has(queue), graceMs);
          await Promise.all([...consumers.values()].map(leave));
        },
      };
    },
    async stop(graceMs) {
      stopping = true;
      clearInterval(looks);
      await Promise.all([...consumers.values()].map((consumer) => consumer.stop(graceMs)));
      pacer.stop();
    },
  };
}
