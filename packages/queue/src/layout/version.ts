import type { RedisClient } from '../redis/redis.ts';

/** Of what stands in Redis and how. What another program wrote cannot be read, and must not be mixed with. */
const layoutVersion = '1';

/** Whether a Redis has our layout. It is asked whenever a connection is made, since behind it another may stand by then. */
export interface LayoutGuard {
  /** Undefined until Redis has said so. */
  isOurs(): boolean | undefined;
  /** Resolves when it has said so for the first time, or could not be reached. */
  readonly answered: Promise<void>;
  /** Resolves when it has said that it is ours: nothing may be taken or put before. */
  readonly ours: Promise<void>;
  /** Asks again if it has not said so yet; to be called every second or so. Never rejects. */
  ask(): Promise<void>;
}

/** `foreign` hears of each answer that names another layout. */
export function guardLayout(
  redis: RedisClient,
  keyPrefix: string,
  foreign: (version: string) => void,
): LayoutGuard {
  const answered = Promise.withResolvers<void>();
  const confirmed = Promise.withResolvers<void>();
  let ours: boolean | undefined;

  async function askNow(): Promise<void> {
    const version = await claimLayout(redis, keyPrefix).catch(() => undefined);
    if (version === undefined) return;
    ours = version === layoutVersion;
    if (ours) confirmed.resolve();
    else foreign(version);
    answered.resolve();
  }

  const ask = async (): Promise<void> => (ours === undefined ? askNow() : undefined);
  redis.on('ready', () => void askNow()); // never rejects
  redis.once('close', () => answered.resolve());
  if (redis.status === 'ready') void ask();
  return { isOurs: () => ours, answered: answered.promise, ours: confirmed.promise, ask };
}

/** Resolves to the layout that this Redis has, or has from now on. Rejects when Redis does not say. */
async function claimLayout(redis: RedisClient, keyPrefix: string): Promise<string> {
  const key = `${keyPrefix}:layout`;
  const before = await redis.get(key);
  if (before !== null) return before;
  await redis.set(key, layoutVersion, 'NX');
  return (await redis.get(key)) ?? layoutVersion;
}
