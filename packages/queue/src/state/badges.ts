import { isBadgeUpdate, type Delivery } from '@carillon/core';
import { badgeKey, shardOf, shardPrefix } from '../queue-names.ts';
import type { RedisClient } from '../redis/redis.ts';

/**
 * Badge updates that came back to the queue: a newer one may have overtaken them meanwhile, and the older
 * number must not come last. What only waited was replaced where it stood (lua/admit.lua).
 */
export interface Badges {
  /** Whether the delivery is a badge update, and a newer one of its registration was queued since. */
  isSuperseded(delivery: Delivery, shards: number): Promise<boolean>;
}

export function createBadges(redis: RedisClient, keyPrefix: string): Badges {
  return {
    async isSuperseded(delivery, shards) {
      if (!isBadgeUpdate(delivery.notification)) return false;
      const shard = shardOf(delivery.device.pushkey, shards);
      const newest = await redis.get(
        badgeKey(shardPrefix(keyPrefix, { app: delivery.app, shard }), delivery),
      );
      return newest !== null && newest.split(' ')[1] !== delivery.id;
    },
  };
}
