import type { RedisClient } from '../../redis/redis.ts';

/**
 * Sleeps on a queue's marker, BullMQ's sign that there is work, on a connection of its own: a command that
 * blocks holds up all others behind it.
 *
 * A connection that was cut or moved under a blocked command may never settle it, and in a Cluster may not even
 * be brought back by closing it (ioredis 6.0.0). So none is trusted for longer than one wait: what is late or
 * fails is thrown away with everything that waits on it, and the next wait opens another.
 */
export interface MarkerWait {
  /** Resolves when there is work, and at the latest after `seconds` and a little more. Rejects when Redis refuses. */
  wait(seconds: number): Promise<void>;
  close(): void;
}

/** For the way there and back, and for a Redis that is slow. */
const patienceMs = 1_500;

export function createMarkerWait(
  redis: RedisClient,
  marker: string,
  failed: (error: Error) => void,
): MarkerWait {
  let client: RedisClient | undefined;

  function open(): RedisClient {
    const opened = 'nodes' in redis ? redis.duplicate() : redis.duplicate(); // each has a type of its own
    opened.on('error', failed);
    return opened;
  }

  function drop(): void {
    client?.disconnect(); // rejects what waits on it
    client = undefined;
  }

  return {
    async wait(seconds) {
      client ??= open();
      const late = Promise.withResolvers<'late'>();
      const timer = setTimeout(() => late.resolve('late'), seconds * 1_000 + patienceMs);
      const popped = client.bzpopmin(marker, seconds);
      popped.catch(() => undefined); // also when it is thrown away
      try {
        if ((await Promise.race([popped, late.promise])) === 'late') drop();
      } catch (error) {
        drop();
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    close: drop,
  };
}
