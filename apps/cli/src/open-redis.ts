import { connectFailingFast, type RedisClient, type RedisSettings } from '@carillon/queue';
import { OperatorError, type Config } from '@carillon/runtime';
import { connected } from './check/check-redis.ts';
import { unusableRedis } from './check/unusable-redis.ts';
import { redisSettings } from './serving/serve.ts';

/** Redis for the time of one command. */
export interface OpenRedis extends Disposable {
  readonly redis: RedisClient;
  readonly asked: Asked;
}

/** For what only Redis can fail: its trouble becomes an `OperatorError` with the cure. */
export type Asked = <T>(work: Promise<T>) => Promise<T>;

export function askOf(settings: RedisSettings): Asked {
  return async (work) => {
    try {
      return await work;
    } catch (error) {
      const { what, detail, cure, exit } = unusableRedis(error, settings);
      throw new OperatorError(`${what}: ${detail}`, { cure, exit, cause: error });
    }
  };
}

/** Connects to the Redis of the configuration. Throws an `OperatorError` when it cannot be used. */
export async function openRedis(config: Config): Promise<OpenRedis> {
  const settings = redisSettings(config);
  const asked = askOf(settings);
  const redis = connectFailingFast(settings);
  const close = (): void => redis.disconnect();
  try {
    await asked(connected(redis, settings));
  } catch (error) {
    close();
    throw error;
  }
  return { redis, asked, [Symbol.dispose]: close };
}
