import { registrationKey, type Delivery } from '@carillon/core';
import type { Result } from 'ioredis';
import { appName, rejectionKey, shardPrefix } from '../../layout/keys.ts';
import { defineShardScript } from '../../layout/script.ts';
import type { RedisClient } from '../../redis/redis.ts';
import type { Shards } from '../../layout/shards.ts';
import { createRejections } from '../../state/rejections.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonAsk(
      shard: string,
      app: string,
      id: string,
      rejectionKey: string,
    ): Result<[isHere: 0 | 1, deadUpTo: string | null, forMs: number], Context>;
  }
}

/**
 * Where a delivery's claim and its pushkey's rejection may stand while the number of shards changes. Such times are rare and
 * short, so each delivery asks by itself.
 */
export interface OtherPlaces {
  /** Undefined for what is neither a duplicate nor known dead by any of them. */
  find(delivery: Delivery, places: readonly number[]): Promise<'duplicate' | 'rejected' | undefined>;
}

export interface OtherPlacesOptions {
  readonly keyPrefix: string;
  readonly shards: Shards;
  readonly rejectionTtlMs: number;
}

export function createOtherPlaces(
  redis: RedisClient,
  { keyPrefix, shards, rejectionTtlMs }: OtherPlacesOptions,
): OtherPlaces {
  defineShardScript(redis, 'carillonAsk', 'ask');
  const rejections = createRejections(redis, { keyPrefix, shards, ttlMs: rejectionTtlMs });

  async function ask(delivery: Delivery, place: number) {
    const prefix = shardPrefix(keyPrefix, place);
    const [isHere, deadUpTo, forMs] = await redis.carillonAsk(
      prefix,
      appName(delivery.app),
      delivery.unclaimed === true ? '' : delivery.id,
      rejectionKey(prefix, registrationKey(delivery.device)),
    );
    return { isHere: isHere === 1, deadUpTo: deadUpTo === null ? undefined : Number(deadUpTo), forMs };
  }

  return {
    async find(delivery, places) {
      const { pushkey, pushkeyTs } = delivery.device;
      const answers = await Promise.all(places.map((place) => ask(delivery, place)));
      for (const { deadUpTo, forMs } of answers) {
        if (deadUpTo === undefined || (pushkeyTs !== undefined && pushkeyTs > deadUpTo)) continue;
        const registration = { shard: shards.placeOf(pushkey), key: registrationKey(delivery.device) };
        await rejections.recordRegistration(delivery.app, { ...registration, pushkeyTs: deadUpTo }, forMs);
        return 'rejected';
      }
      return answers.some(({ isHere }) => isHere) ? 'duplicate' : undefined;
    },
  };
}
