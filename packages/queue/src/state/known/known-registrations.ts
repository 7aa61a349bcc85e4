import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Result } from 'ioredis';
import { appName, shardPrefix } from '../../layout/keys.ts';
import type { RedisClient } from '../../redis/redis.ts';
import type { Registration } from '../rejections.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonKnown(
      key: string,
      now: number,
      secret: string,
      ...registrations: string[]
    ): Result<(0 | 1)[], Context>;
  }
}

const scriptFile = (name: string): string =>
  readFileSync(new URL(`../../lua/${name}.lua`, import.meta.url), 'utf8');
/** The functions that every script calls which asks for known registrations; it comes before that script. */
const knownScript = scriptFile('known');
const script = knownScript + scriptFile('remember-known');

/** So that one call does not hold up Redis. */
const maxBatch = 200;

/**
 * The registrations of which a provider has accepted a push (invariant 14), remembered for 45 to 90 days after the
 * last notify for them. See lua/known.lua for how, in 8 to 14 bytes each.
 */
export interface KnownRegistrations {
  remember(app: string, registrations: readonly RegistrationRef[]): Promise<void>;
  isKnown(app: string, registration: RegistrationRef): Promise<boolean>;
}

export type RegistrationRef = Pick<Registration, 'shard' | 'key'>;

export function createKnownRegistrations(redis: RedisClient, keyPrefix: string): KnownRegistrations {
  redis.defineCommand('carillonKnown', { numberOfKeys: 1, lua: script });
  const keyOf = (app: string, shard: number) => `${shardPrefix(keyPrefix, shard)}${appName(app)}/known`;

  return {
    async remember(app, registrations) {
      const calls: Promise<unknown>[] = [];
      for (const [shard, ofShard] of Map.groupBy(registrations, (one) => one.shard)) {
        const keys = ofShard.map(({ key }) => key);
        while (keys.length > 0) {
          const secret = randomBytes(12).toString('base64url');
          const batch = keys.splice(0, maxBatch);
          calls.push(redis.carillonKnown(keyOf(app, shard), Date.now(), secret, ...batch));
        }
      }
      await Promise.all(calls);
    },
    async isKnown(app, { shard, key }) {
      const [known] = await redis.carillonKnown(keyOf(app, shard), Date.now(), '', key);
      return known === 1;
    },
  };
}
