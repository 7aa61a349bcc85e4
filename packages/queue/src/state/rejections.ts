import { readFileSync } from 'node:fs';
import { registrationKey, type Delivery } from '@carillon/core';
import type { Result } from 'ioredis';
import { appName, rejectionKey, shardPrefix } from '../layout/keys.ts';
import type { Shards } from '../layout/shards.ts';
import type { RedisClient } from '../redis/redis.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonReject(key: string, knownKey: string, ...words: (string | number)[]): Result<number, Context>;
  }
}

const read = (name: string): string => readFileSync(new URL(`../lua/${name}.lua`, import.meta.url), 'utf8');
const script = read('known') + read('reject');

/** Of an app on a shard: 20 MB. What is forgotten costs one more send. */
const usualMost = 100_000;

/**
 * Rejected pushkeys (invariant 5). A rejection holds the `pushkey_ts` of the registration that died, and when its provider said so; a notify
 * of a younger registration ends it, and so does its TTL, and once a day one that does not tell its age. Being reported does not: several homeservers may hold the key.
 */
export interface Rejections {
  /** Records the registration of this delivery as dead. */
  record(delivery: Delivery, since: number | undefined): Promise<void>;
  /** Records one by its parts, as the fuse keeps them; for `forMs` instead of the whole time. */
  recordRegistration(app: string, registration: Registration, forMs?: number): Promise<void>;
  /** The `pushkey_ts`, in seconds, up to which registrations of the delivery's pushkey are known dead; undefined for none. */
  deadUpTo(delivery: Delivery): Promise<number | undefined>;
  /** Whether the registration was found dead since it was queued. */
  isRejected(delivery: Delivery): Promise<boolean>;
}

export interface Registration {
  readonly shard: number;
  /** `registrationKey` of app id, pushkey and, for Web Push, the endpoint. */
  readonly key: string;
  /** The `pushkey_ts` it was sent under, in seconds. */
  readonly pushkeyTs: number;
}

export interface RejectionOptions {
  readonly keyPrefix: string;
  readonly shards: Shards;
  readonly ttlMs: number;
  /** The most of an app on a shard. */
  readonly most?: number;
  /** Milliseconds since 1970; default: the machine's own time. */
  readonly now?: () => number;
}

/** The registration that a delivery was sent to. Without a `pushkey_ts`, the time of death stands for it. */
export function registrationOf({ device }: Delivery, shards: Shards, diedAt: number): Registration {
  return {
    shard: shards.placeOf(device.pushkey),
    key: registrationKey(device),
    pushkeyTs: device.pushkeyTs ?? Math.floor(diedAt / 1_000),
  };
}

export function createRejections(
  redis: RedisClient,
  { keyPrefix, shards, ttlMs, most = usualMost, now = Date.now }: RejectionOptions,
): Rejections {
  redis.defineCommand('carillonReject', { numberOfKeys: 2, lua: script });
  const keyAt = (shard: number, registration: string) =>
    rejectionKey(shardPrefix(keyPrefix, shard), registration);

  async function recordRegistration(
    app: string,
    { shard, key, pushkeyTs }: Registration,
    forMs = ttlMs,
  ): Promise<void> {
    const knownKey = `${shardPrefix(keyPrefix, shard)}${appName(app)}/known`;
    await redis.carillonReject(keyAt(shard, key), knownKey, pushkeyTs, forMs, most, key, now());
  }

  async function deadUpTo({ device }: Delivery): Promise<number | undefined> {
    const places = [shards.placeOf(device.pushkey), ...shards.otherPlacesOf(device.pushkey)];
    const times = await Promise.all(places.map((place) => redis.get(keyAt(place, registrationKey(device)))));
    const known = times.filter((time) => time !== null).map((text) => Number.parseFloat(text));
    return known.length === 0 ? undefined : Math.max(...known);
  }

  return {
    recordRegistration,
    deadUpTo,
    record: (delivery, since) =>
      recordRegistration(delivery.app, registrationOf(delivery, shards, since ?? now())),
    async isRejected(delivery) {
      const deadTs = await deadUpTo(delivery);
      const { pushkeyTs } = delivery.device;
      return deadTs !== undefined && (pushkeyTs === undefined || pushkeyTs <= deadTs);
    },
  };
}
