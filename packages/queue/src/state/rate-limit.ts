import type { RedisClient } from '../redis/redis.ts';

/** How many of something each caller may have in a second, over all processes together. */
export interface RateLimit {
  /**
   * Whether the caller may have so many more. What goes over the limit in one piece is let through once, so that a limit
   * lower than one request has devices lets some pass. Rejects within a second when Redis does not confirm.
   */
  take(caller: string, amount: number): Promise<boolean>;
}

export interface RateLimitOptions {
  readonly keyPrefix: string;
  readonly perSecond: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** A counter for each caller and second, which is gone with the second after it. */
export function createRateLimit(
  redis: RedisClient,
  { keyPrefix, perSecond, now = Date.now }: RateLimitOptions,
): RateLimit {
  return {
    async take(caller, amount) {
      const key = `${keyPrefix}:rate:${caller}:${Math.floor(now() / 1_000)}`;
      const [taken] = await Promise.all([redis.incrby(key, amount), redis.pexpire(key, 2_000)]);
      return taken - amount < perSecond;
    },
  };
}
