import { isBadgeUpdate, type Delivery } from '@carillon/core';
import { badgeKey, shardPrefix } from '../layout/keys.ts';
import type { Shards } from '../layout/shards.ts';
import type { RedisClient } from '../redis/redis.ts';

/**
 * Badge updates that came back to the queue: a newer one may have overtaken them meanwhile, and the older
 * number must not come last. What only waited was replaced where it stood (lua/admit.lua).
 */
export interface Badges {
  /** Whether the delivery is a badge update, and a newer one of its registration was queued since. */
  isSuperseded(delivery: Delivery): Promise<boolean>;
}

export function createBadges(
  redis: RedisClient,
  { keyPrefix, shards }: { readonly keyPrefix: string; readonly shards: Shards },
): Badges {
  return {
    async isSuperseded(delivery) {
      if (!isBadgeUpdate(delivery.notification)) return false;
      const { pushkey } = delivery.device;
      // What stands where new ones go is the newest, also where this one came from a place of former times.
      for (const place of [shards.placeOf(pushkey), ...shards.otherPlacesOf(pushkey)]) {
        const newest = await redis.get(badgeKey(shardPrefix(keyPrefix, place), delivery));
        if (newest !== null) return newest !== delivery.id;
      }
      return false;
    },
  };
}
