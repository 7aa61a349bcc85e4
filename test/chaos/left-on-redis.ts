import { connectPatiently } from '@carillon/queue';
import type { PrivateRedis } from '../redis/private-redis.ts';

/** Deliveries that are still on the queues, and the dead letters. */
export interface LeftOnRedis {
  /** Event ids. */
  readonly waiting: ReadonlySet<string>;
  readonly deadLetters: ReadonlySet<string>;
}

export async function readLeft({ settings }: PrivateRedis): Promise<LeftOnRedis> {
  const redis = connectPatiently(settings);
  const waiting = new Set<string>();
  const deadLetters = new Set<string>();
  try {
    const jobs = await redis.call('KEYS', 'carillon:{*}*/*:*');
    for (const key of (jobs as readonly string[]).filter((one) =>
      /\/(calls|high|low)(\.new)?:[\w-]{22}$/.test(one),
    )) {
      const [data, failedReason] = await redis.hmget(key, 'data', 'failedReason');
      const event = /"(\$[\w-]{43})"/.exec(data ?? '')?.[1] ?? key;
      if (failedReason === null || failedReason === undefined) waiting.add(event);
      else deadLetters.add(event);
    }
  } finally {
    redis.disconnect();
  }
  return { waiting, deadLetters };
}
