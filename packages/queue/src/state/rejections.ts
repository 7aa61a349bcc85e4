import { readFileSync } from 'node:fs';
import { registrationKey, type Delivery } from '@carillon/core';
import type { Result } from 'ioredis';
import { rejectionKey, shardOf, shardPrefix } from '../queue-names.ts';
import type { RedisClient } from '../redis/redis.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonReject(key: string, pushkeyTs: number, ttlMs: number): Result<string, Context>;
  }
}

const script = readFileSync(new URL('../lua/reject.lua', import.meta.url), 'utf8');

/**
 * Rejected pushkeys (invariant 5). A rejection holds the `pushkey_ts` of the registration that died; a notify
 * with a newer one ends it, and so does its TTL. Being reported does not: several homeservers may hold the key.
 */
export interface Rejections {
  /** Records the registration of this delivery as dead. */
  record(delivery: Delivery, shards: number, since: number | undefined): Promise<void>;
  /** Records one by its parts, as the fuse keeps them. */
  recordRegistration(app: string, registration: Registration): Promise<void>;
  /** The `pushkey_ts`, in seconds, up to which registrations of the delivery's pushkey are known dead; undefined for none. */
  deadUpTo(delivery: Delivery, shards: number): Promise<number | undefined>;
  /** Whether the registration was found dead since it was queued. */
  isRejected(delivery: Delivery, shards: number): Promise<boolean>;
}

export interface Registration {
  readonly shard: number;
  /** `registrationKey` of app id and pushkey. */
  readonly key: string;
  /** The `pushkey_ts` it was sent under, in seconds. */
  readonly pushkeyTs: number;
}

export interface RejectionOptions {
  readonly keyPrefix: string;
  readonly ttlMs: number;
}

/** The registration that a delivery was sent to. Without a `pushkey_ts`, the time of death stands for it. */
export function registrationOf(delivery: Delivery, shards: number, diedAt: number): Registration {
  return {
    shard: shardOf(delivery.device.pushkey, shards),
    key: registrationKey(delivery.device),
    pushkeyTs: delivery.device.pushkeyTs ?? Math.floor(diedAt / 1_000),
  };
}

export function createRejections(redis: RedisClient, { keyPrefix, ttlMs }: RejectionOptions): Rejections {
  redis.defineCommand('carillonReject', { numberOfKeys: 1, lua: script });
  async function recordRegistration(app: string, { shard, key, pushkeyTs }: Registration): Promise<void> {
    await redis.carillonReject(rejectionKey(shardPrefix(keyPrefix, { app, shard }), key), pushkeyTs, ttlMs);
  }

  async function deadUpTo({ device, app }: Delivery, shards: number): Promise<number | undefined> {
    const prefix = shardPrefix(keyPrefix, { app, shard: shardOf(device.pushkey, shards) });
    const deadTs = await redis.get(rejectionKey(prefix, registrationKey(device)));
    return deadTs === null ? undefined : Number(deadTs);
  }

  return {
    recordRegistration,
    deadUpTo,
    record: (delivery, shards, since) =>
      recordRegistration(delivery.app, registrationOf(delivery, shards, since ?? Date.now())),
    async isRejected(delivery, shards) {
      const deadTs = await deadUpTo(delivery, shards);
      const { pushkeyTs } = delivery.device;
      return deadTs !== undefined && (pushkeyTs === undefined || pushkeyTs <= deadTs);
    },
  };
}
