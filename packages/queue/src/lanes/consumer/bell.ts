import slotOf from 'cluster-key-slot';
import type { RedisClient } from '../../redis/redis.ts';

/**
 * Sleeps until a key of a shard is rung, on a connection of its own: a command that blocks holds up all others
 * behind it. In a Cluster it is one connection to the node of the shard.
 *
 * A connection that was cut or moved under a blocked command may never settle it. So none is trusted for longer than one wait:
 * what is late or fails is thrown away with everything that waits on it, and the next wait opens another.
 */
export interface Bell {
  /** Resolves when it rings, and at the latest after `seconds` and a little more. Rejects when Redis refuses. */
  wait(key: string, seconds: number): Promise<void>;
  /** Ends a wait at once. */
  interrupt(): void;
}

/** For the way there and back, and for a Redis that is slow. */
const patienceMs = 1_500;

export function createBell(redis: RedisClient, failed: (error: Error) => void): Bell {
  let client: RedisNode | undefined;
  let interruption = Promise.withResolvers<void>();

  function open(key: string): RedisNode {
    const opened = nodeOf(redis, key).duplicate();
    opened.on('error', failed);
    return opened;
  }

  function drop(): void {
    client?.disconnect(); // rejects what waits on it
    client = undefined;
  }

  return {
    async wait(key, seconds) {
      client ??= open(key);
      const late = Promise.withResolvers<'late'>();
      const timer = setTimeout(() => late.resolve('late'), seconds * 1_000 + patienceMs);
      const popped = client.bzpopmin(key, seconds);
      popped.catch(() => undefined); // also when it is thrown away
      try {
        if ((await Promise.race([popped, late.promise, interruption.promise])) === 'late') drop();
      } catch (error) {
        drop();
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    interrupt() {
      interruption.resolve();
      interruption = Promise.withResolvers();
      drop();
    },
  };
}

type RedisNode = Exclude<RedisClient, { nodes: unknown }>;

/** Where the key is at the moment. When it moves, the wait fails, and the next one asks again. */
function nodeOf(redis: RedisClient, key: string): RedisNode {
  if (!('nodes' in redis)) return redis;
  const address = redis.slots[slotOf(key)]?.[0];
  const nodes = redis.nodes('master');
  const node = nodes.find(({ options }) => `${options.host}:${options.port}` === address) ?? nodes[0];
  if (node === undefined) throw new Error('No node of the Redis Cluster is known at the moment');
  return node;
}
