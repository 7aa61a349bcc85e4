import { randomBytes } from 'node:crypto';
import type { Result } from 'ioredis';
import { appName, shardPrefix } from '../../layout/keys.ts';
import { defineShardScript } from '../../layout/script.ts';
import type { RedisClient } from '../../redis/redis.ts';
import type { Registration } from '../rejections.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonKnown(
      shard: string,
      now: number,
      secret: string,
      ...appsAndRegistrations: string[]
    ): Result<(0 | 1)[], Context>;
  }
}

/** So that one call does not hold up Redis. */
const maxBatch = 200;

/**
 * The registrations of which a provider has accepted a push (invariant 14), remembered for 45 to 90 days after the
 * last notify for them. See lua/known.lua for how, in 8 to 14 bytes each.
 */
export interface KnownRegistrations {
  /** One call for each shard, whatever the apps. */
  remember(registrations: readonly KnownRef[]): Promise<void>;
  /** Whether any of these is known: one registration, in each place where it may stand. */
  isKnown(places: readonly KnownRef[]): Promise<boolean>;
}

/** A registration of an app, on a shard. */
export interface KnownRef extends Pick<Registration, 'shard' | 'key'> {
  readonly app: string;
}

export function createKnownRegistrations(
  redis: RedisClient,
  keyPrefix: string,
  now: () => number = Date.now,
): KnownRegistrations {
  defineShardScript(redis, 'carillonKnown', 'remember-known', 'known');

  /** `secret`: for an app that has none yet; '' to ask only. */
  function call(shard: number, secret: string, registrations: readonly KnownRef[]): Promise<(0 | 1)[]> {
    const words = registrations.flatMap(({ app, key }) => [appName(app), key]);
    return redis.carillonKnown(shardPrefix(keyPrefix, shard), now(), secret, ...words);
  }

  return {
    async remember(registrations) {
      const calls: Promise<unknown>[] = [];
      for (const [shard, ofShard] of Map.groupBy(registrations, (one) => one.shard)) {
        for (let first = 0; first < ofShard.length; first += maxBatch)
          calls.push(call(shard, newSecret(), ofShard.slice(first, first + maxBatch)));
      }
      await Promise.all(calls);
    },
    async isKnown(places) {
      const answers = await Promise.all(places.map((one) => call(one.shard, '', [one])));
      return answers.flat().includes(1);
    },
  };
}

function newSecret(): string {
  return randomBytes(12).toString('base64url');
}
