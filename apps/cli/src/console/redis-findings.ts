import type { Finding } from '@carillon/console';
import type { RedisClient, RedisSettings } from '@carillon/queue';
import { readNodes } from '../check/check-redis.ts';
import { judgeRedisHealth } from '../check/judge-redis-health.ts';
import { judgeRedis } from '../check/judge-redis.ts';
import { unusableRedis } from '../check/unusable-redis.ts';

/** A look costs each Redis a dozen commands. */
const everyMs = 10_000;

/** What `carillon check` says of each Redis, looked at now and then. Never rejects. */
export function createRedisReader(
  redis: RedisClient,
  settings: RedisSettings,
): () => Promise<readonly Finding[]> {
  let lookedAt = -Infinity;
  let found: Promise<readonly Finding[]> = Promise.resolve([]);
  const trouble = (error: unknown) => unusableRedis(error, settings);

  return () => {
    if (performance.now() - lookedAt >= everyMs) {
      lookedAt = performance.now();
      found = look().catch((error: unknown) => {
        lookedAt = -Infinity;
        return [trouble(error)];
      });
    }
    return found;
  };

  async function look(): Promise<readonly Finding[]> {
    const nodes = await readNodes(redis, trouble);
    return nodes.flatMap((node) =>
      'reading' in node
        ? [...judgeRedis(node.reading), ...judgeRedisHealth({ ...node.reading, writeMs: undefined })]
        : [node],
    );
  }
}
