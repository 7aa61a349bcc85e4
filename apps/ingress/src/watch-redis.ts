import type { RedisClient } from '@carillon/queue';

export interface RedisWatcher {
  usable(): void;
  /** Some nodes of a Cluster take writes and others do not: what belongs to the former can be served. */
  partlyUsable(error: unknown): void;
  unusable(error: unknown): void;
  /** The time of each round trip, for metrics. */
  roundTrip(seconds: number): void;
}

const intervalMs = 1_000;

/** Hash tags, one in the middle of each eighth of a Cluster's slots (`CLUSTER KEYSLOT`), so that each node gets one. */
const clusterTags = ['{131}', '{216}', '{130}', '{310}', '{340}', '{160}', '{246}', '{161}'];

/** Deliveries are taken by scripts, which some services forbid to some users. */
const script = "return redis.call('SET', KEYS[1], '', 'PX', ARGV[1])";

/**
 * Asks Redis every second whether it takes a write by a script: a frozen one, a full one and a read-only replica all
 * answer a ping or hold a connection, and none can take a delivery. Returns the function that ends it.
 */
export function watchRedis(redis: RedisClient, keyPrefix: string, watcher: RedisWatcher): () => void {
  const keys = ('nodes' in redis ? clusterTags : ['']).map((tag) => `${keyPrefix}:${tag}writable`);
  let asking = false;
  let ended = false;

  async function ask(): Promise<void> {
    if (asking) return;
    asking = true;
    const sentAt = performance.now();
    const answers = await Promise.allSettled(keys.map((key) => redis.eval(script, 1, key, intervalMs * 10)));
    asking = false;
    const refusals = answers.filter((answer) => answer.status === 'rejected');
    const [refusal] = refusals;
    if (refusal === undefined) {
      watcher.roundTrip((performance.now() - sentAt) / 1_000);
      watcher.usable();
    } else if (refusals.length < keys.length) watcher.partlyUsable(refusal.reason);
    else watcher.unusable(refusal.reason);
  }

  redis.on('ready', () => void ask()); // never rejects
  redis.on('close', () => {
    if (!ended) watcher.unusable(new Error('The connection to Redis is closed'));
  });
  const timer = setInterval(() => void ask(), intervalMs);
  return () => {
    ended = true;
    clearInterval(timer);
  };
}
