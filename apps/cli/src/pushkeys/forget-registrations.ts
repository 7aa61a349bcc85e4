import { createRegistrationMarks, readShards, type NamedRegistration } from '@carillon/queue';
import type { Config } from '@carillon/runtime';
import type { OpenRedis } from '../open-redis.ts';

/** Asked at once. */
const batch = 100;

/** Takes back the rejections of these, and tells how many there were. Throws an `OperatorError` when Redis cannot be asked. */
export async function forgetRegistrations(
  { redis, asked }: Pick<OpenRedis, 'redis' | 'asked'>,
  config: Config,
  registrations: readonly NamedRegistration[],
  /** Told of how many were looked at. */
  progress: (done: number) => void,
): Promise<number> {
  const { keyPrefix } = config.redis;
  const shards = await asked(readShards(redis, keyPrefix, config.queue.shards));
  const marks = createRegistrationMarks(redis, keyPrefix, config.rejections.fuse);
  let forgotten = 0;
  for (let at = 0; at < registrations.length; at += batch) {
    const found = await asked(
      Promise.all(
        registrations.slice(at, at + batch).map((one) => {
          const { pushkey } = one.device;
          return marks.forget(one, [shards.placeOf(pushkey), ...shards.otherPlacesOf(pushkey)]);
        }),
      ),
    );
    forgotten += found.filter(({ rejection }) => rejection !== undefined).length;
    progress(at + batch);
  }
  return forgotten;
}

export function forgottenText(count: number): string {
  if (count === 0) return 'None of these was rejected';
  return `${count === 1 ? '1 rejection is' : `${count} rejections are`} taken back: the next notify is sent to its provider again`;
}
