import type { RedisClient } from '@carillon/queue';

export interface RedisWatcher {
  usable(): void;
  unusable(error: unknown): void;
}

const intervalMs = 1_000;

/**
 * Asks Redis every second whether it takes a write: a frozen one, a full one and a read-only replica all
 * answer a ping or hold a connection, and none can take a delivery. Returns the function that ends it.
 */
export function watchRedis(redis: RedisClient, keyPrefix: string, watcher: RedisWatcher): () => void {
  let asking = false;
  let ended = false;

  async function ask(): Promise<void> {
    if (asking) return;
    asking = true;
    try {
      await redis.set(`${keyPrefix}:writable`, '', 'PX', intervalMs * 10);
      watcher.usable();
    } catch (error) {
      watcher.unusable(error);
    } finally {
      asking = false;
    }
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
