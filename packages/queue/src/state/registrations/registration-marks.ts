import { registrationKey, type Device } from '@carillon/core';
import type { Result } from 'ioredis';
import { ringCounter } from '../../lanes/admission/ring-limit.ts';
import { appName, badgeKey, shardPrefix, type LaneRef } from '../../layout/keys.ts';
import { defineShardScript } from '../../layout/script.ts';
import type { RedisClient } from '../../redis/redis.ts';
import { parseRejection, type StoredRejection } from './stored-rejection.ts';
import { createFuseStore, type FuseSettings, type StoredSuspicion } from '../fuse-store.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonMarks(
      shard: string,
      what: 'look' | 'forget' | 'erase',
      app: string,
      registration: string,
      counter: number,
      now: number,
      ...badges: string[]
    ): Result<[rejection: string | null, forMs: number, isKnown: 0 | 1, badges: number], Context>;
  }
}

/** A registration as an operator can name it. */
export interface NamedRegistration {
  /** The app's entry in the configuration. */
  readonly app: string;
  /** What of it is told by: app id, pushkey, and for Web Push the endpoint; with its `data`, as badges are told by. */
  readonly device: Device;
}

/** What Redis holds of one registration besides its deliveries. */
export interface Marks {
  /** The one that ends last, of all shards. */
  readonly rejection?: StoredRejection;
  readonly isKnown: boolean;
  readonly badges: number;
  readonly suspicion: StoredSuspicion;
}

export function hasMarks({ rejection, isKnown, badges, suspicion }: Marks): boolean {
  const isSuspected = suspicion.sentAt !== undefined || suspicion.doubts.length > 0;
  return rejection !== undefined || isKnown || badges > 0 || isSuspected;
}

export interface RegistrationMarks {
  /** Looks at all of these shards: where the registration belongs, and where it did. */
  look(registration: NamedRegistration, shards: readonly number[]): Promise<Marks>;
  /** Takes back its rejection. Resolves to what there was. */
  forget(registration: NamedRegistration, shards: readonly number[]): Promise<Marks>;
  /** Erases all of it. Resolves to what there was. */
  erase(registration: NamedRegistration, shards: readonly number[]): Promise<Marks>;
}

export function createRegistrationMarks(
  redis: RedisClient,
  keyPrefix: string,
  fuse: FuseSettings,
): RegistrationMarks {
  defineShardScript(redis, 'carillonMarks', 'marks', 'known');
  const fuses = createFuseStore(redis, keyPrefix, fuse);

  async function ask(
    what: 'look' | 'forget' | 'erase',
    { app, device }: NamedRegistration,
    shards: readonly number[],
  ): Promise<Marks> {
    const key = registrationKey(device);
    const [suspicion, ...answers] = await Promise.all([
      fuses.suspicionOf(app, key),
      ...shards.map((shard) => {
        const prefix = shardPrefix(keyPrefix, shard);
        const badges = badgeLanes.map((lane) => badgeKey(prefix, { app, lane, device }));
        return redis.carillonMarks(prefix, what, appName(app), key, ringCounter(key), Date.now(), ...badges);
      }),
    ]);
    if (what === 'erase') await fuses.forget(app, key);
    const rejections = answers.flatMap(([text, endsInMs]) =>
      text === null ? [] : [parseRejection(text, endsInMs)],
    );
    const [rejection] = rejections.toSorted((a, b) => b.endsInMs - a.endsInMs);
    return {
      ...(rejection !== undefined && { rejection }),
      isKnown: answers.some(([, , isKnown]) => isKnown === 1),
      badges: answers.reduce((sum, [, , , badges]) => sum + badges, 0),
      suspicion,
    };
  }

  return {
    look: (registration, shards) => ask('look', registration, shards),
    forget: (registration, shards) => ask('forget', registration, shards),
    erase: (registration, shards) => ask('erase', registration, shards),
  };
}

/** A badge update is about no call. */
const badgeLanes: readonly LaneRef['lane'][] = ['high', 'low'];
