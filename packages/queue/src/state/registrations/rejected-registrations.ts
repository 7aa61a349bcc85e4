import { appName, rejectionKey, shardPrefix } from '../../layout/keys.ts';
import type { RedisClient } from '../../redis/redis.ts';
import { parseRejection, type StoredRejection } from './stored-rejection.ts';

/** A rejection in the list of an app. Its pushkey is known to nobody: Redis has a hash of it. */
export interface RejectedRegistration extends StoredRejection {
  readonly app: string;
  readonly shard: number;
  /** `registrationKey`. */
  readonly key: string;
}

/** Small, so that no reply holds up Redis. */
const pageSize = 500;

/** All rejections of an app on these shards, in no order, read a page at a time. */
export async function* rejectedRegistrations(
  redis: RedisClient,
  keyPrefix: string,
  app: string,
  shards: readonly number[],
): AsyncGenerator<readonly RejectedRegistration[]> {
  for (const shard of shards) {
    const prefix = shardPrefix(keyPrefix, shard);
    let cursor = '0';
    do {
      const [next, fields] = await redis.zscan(listKey(prefix, app), cursor, 'COUNT', pageSize);
      cursor = next;
      const members = fields.filter((_, index) => index % 2 === 0);
      const found = await Promise.all(
        members.map(async (key) => {
          const at = rejectionKey(prefix, key);
          const [text, endsInMs] = await Promise.all([redis.get(at), redis.pttl(at)]);
          return text === null ? [] : [{ app, shard, key, ...parseRejection(text, endsInMs) }];
        }),
      );
      yield found.flat();
    } while (cursor !== '0');
  }
}

/** Takes back rejections of one app and shard. */
export async function forgetRejections(
  redis: RedisClient,
  keyPrefix: string,
  rejections: readonly RejectedRegistration[],
): Promise<void> {
  await Promise.all(
    rejections.map(async ({ app, shard, key }) => {
      const prefix = shardPrefix(keyPrefix, shard);
      await Promise.all([redis.del(rejectionKey(prefix, key)), redis.zrem(listKey(prefix, app), key)]);
    }),
  );
}

/** The same in lua/reject.lua and lua/marks.lua. */
function listKey(prefix: string, app: string): string {
  return `${prefix}${appName(app)}/dead`;
}
