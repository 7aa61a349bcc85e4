import { readFileSync } from 'node:fs';
import type { Result } from 'ioredis';
import { appPrefix } from '../queue-names.ts';
import type { RedisClient } from '../redis/redis.ts';
import type { Registration } from './rejections.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonFuse(...keysAndArguments: (string | number)[]): Result<[number, number, ...string[]], Context>;
  }
}

const script = readFileSync(new URL('../lua/fuse.lua', import.meta.url), 'utf8');

export interface FuseSettings {
  readonly windowMs: number;
  readonly minSamples: number;
  /** Suspects above this part of the app's sends are a wave. */
  readonly share: number;
}

/** What one worker saw since its last tick. */
export interface FuseCounts {
  readonly accepted: number;
  readonly suspects: readonly Registration[];
  /** Suspect sends, those of a registration that is a suspect already included. */
  readonly suspectSends: number;
  /** `registrationKey`s that were delivered to; needed only while suspects wait. */
  readonly cleared: readonly string[];
}

export interface FuseVerdict {
  /** The suspects are a wave: they are void, and the app is to be parked. */
  readonly tripped: boolean;
  readonly suspectsWaiting: number;
  /** Waited for a whole window among accepted sends: to be recorded as rejected. */
  readonly due: readonly Registration[];
}

/** The fuse of each app, shared by all workers. See lua/fuse.lua. */
export interface FuseStore {
  tick(app: string, counts: FuseCounts, now: number): Promise<FuseVerdict>;
  /** Forgets the app's suspects: they were our own mistake. */
  voidSuspects(app: string): Promise<void>;
  /** How many suspects wait for their window to end. */
  suspectsWaiting(app: string): Promise<number>;
}

export function createFuseStore(redis: RedisClient, keyPrefix: string, settings: FuseSettings): FuseStore {
  redis.defineCommand('carillonFuse', { numberOfKeys: 3, lua: script });
  const keysOf = (app: string) => {
    const prefix = appPrefix(keyPrefix, app);
    return [`${prefix}suspects`, `${prefix}suspects:particulars`, `${prefix}sends:`] as const;
  };

  return {
    async tick(app, { accepted, suspects, suspectSends, cleared }, now) {
      const [tripped, suspectsWaiting, ...fields] = await redis.carillonFuse(
        ...keysOf(app),
        now,
        settings.windowMs,
        settings.minSamples,
        settings.share,
        accepted,
        suspectSends,
        suspects.length,
        ...suspects.flatMap(({ key, shard, pushkeyTs }) => [key, `${shard}:${pushkeyTs}`]),
        ...cleared,
      );
      const due: Registration[] = [];
      for (let index = 0; index < fields.length; index += 2) {
        const [shard, pushkeyTs] = (fields[index + 1] ?? '').split(':').map(Number);
        due.push({ key: fields[index] ?? '', shard: shard ?? 0, pushkeyTs: pushkeyTs ?? 0 });
      }
      return { tripped: tripped === 1, suspectsWaiting, due };
    },
    async voidSuspects(app) {
      const [suspects, particulars] = keysOf(app);
      await redis.del(suspects, particulars);
    },
    suspectsWaiting: (app) => redis.zcard(keysOf(app)[0]),
  };
}
