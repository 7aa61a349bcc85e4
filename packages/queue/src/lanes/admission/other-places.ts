import { registrationKey, type Delivery } from '@carillon/core';
import type { Result } from 'ioredis';
import { appName, shardPrefix } from '../../layout/keys.ts';
import { defineShardScript } from '../../layout/script.ts';
import type { RedisClient } from '../../redis/redis.ts';
import type { Shards } from '../../layout/shards.ts';
import { createKnownRegistrations } from '../../state/known/known-registrations.ts';
import { createRejections } from '../../state/rejections.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonAsk(
      shard: string,
      app: string,
      id: string,
      registration: string,
    ): Result<[isHere: 0 | 1, deadUpTo: string | null, forMs: number, isKnown: 0 | 1], Context>;
  }
}

/**
 * Where a delivery's claim, its pushkey's rejection and whether its registration is known may stand while the number of shards
 * changes. Such times are rare and short, so each delivery asks by itself.
 */
export interface OtherPlaces {
  /**
   * Undefined for what is neither a duplicate nor known dead by any of them. That it is dead, or known, is known in its `place`, too,
   * from then on.
   */
  find(
    delivery: Delivery,
    place: number,
    others: readonly number[],
  ): Promise<'duplicate' | 'rejected' | undefined>;
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
  defineShardScript(redis, 'carillonAsk', 'ask', 'known');
  const rejections = createRejections(redis, { keyPrefix, shards, ttlMs: rejectionTtlMs });
  const known = createKnownRegistrations(redis, keyPrefix);

  async function ask(delivery: Delivery, place: number) {
    const [isHere, deadUpTo, forMs, isKnown] = await redis.carillonAsk(
      shardPrefix(keyPrefix, place),
      appName(delivery.app),
      delivery.unclaimed === true ? '' : delivery.id,
      registrationKey(delivery.device),
    );
    return {
      isHere: isHere === 1,
      deadUpTo: deadUpTo === null ? undefined : Number(deadUpTo),
      forMs,
      isKnown: isKnown === 1,
    };
  }

  return {
    async find(delivery, place, others) {
      const { pushkeyTs } = delivery.device;
      const registration = { app: delivery.app, shard: place, key: registrationKey(delivery.device) };
      const answers = await Promise.all(others.map((other) => ask(delivery, other)));
      for (const { deadUpTo, forMs } of answers) {
        if (deadUpTo === undefined || (pushkeyTs !== undefined && pushkeyTs > deadUpTo)) continue;
        await rejections.recordRegistration(delivery.app, { ...registration, pushkeyTs: deadUpTo }, forMs);
        return 'rejected';
      }
      if (answers.some(({ isHere }) => isHere)) return 'duplicate';
      if (answers.some(({ isKnown }) => isKnown)) await known.remember([registration]);
      return undefined;
    },
  };
}
