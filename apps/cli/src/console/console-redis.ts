import { connectFailingFast, type RedisClient, type RedisSettings } from '@carillon/queue';
import { createTroubleLog, type Config, type Lifecycle, type Log } from '@carillon/runtime';
import { connected } from '../check/check-redis.ts';
import { askOf, type Asked } from '../open-redis.ts';
import { redisSettings } from '../serving/serve.ts';

/** Redis as long as the console runs, whether it answers or not. */
export interface ConsoleRedis {
  readonly redis: RedisClient;
  readonly settings: RedisSettings;
  readonly asked: Asked;
}

/** Waits a few seconds for Redis, and no longer: that it does not answer is what the console has to show. */
export async function openConsoleRedis(
  config: Config,
  lifecycle: Lifecycle,
  log: Log,
): Promise<ConsoleRedis> {
  const settings = redisSettings(config);
  const trouble = createTroubleLog(log, 'redis');
  const redis = connectFailingFast(settings);
  redis.on('error', (error: Error) => trouble.report(error));
  redis.on('ready', () => trouble.over());
  lifecycle.add('redis', () => {
    trouble.end();
    redis.disconnect();
  });
  await connected(redis, settings).catch(() => undefined);
  return { redis, settings, asked: askOf(settings) };
}
