import type { DeadLetterFacts } from '@carillon/console';
import type { Config } from '@carillon/runtime';
import { ago, expiry } from '../dead/letters-report.ts';
import { allLetters, factsOf } from '../dead/open-letters.ts';
import type { ConsoleRedis } from './console-redis.ts';

/** What `carillon dead list` tells, the oldest first. */
export async function readDeadLetters(
  config: Config,
  { redis, asked }: ConsoleRedis,
): Promise<readonly DeadLetterFacts[]> {
  const names = new Set(config.apps.map(({ name }) => name));
  const letters = factsOf(await asked(allLetters(redis, config, names)));
  const now = Date.now();
  return letters
    .toSorted((a, b) => (a.setAsideAt < b.setAsideAt ? -1 : 1))
    .map(({ id, app, lane, reason, setAsideAt, crashes, delivery }) => ({
      id,
      app,
      lane,
      reason,
      setAside: ago(setAsideAt, now),
      crashes,
      tries: delivery?.tries,
      device: delivery?.device,
      eventType: delivery?.eventType ?? undefined,
      expires: expiry(delivery, now),
      retriable: delivery !== null && Date.parse(delivery.expiresAt) > now,
    }));
}
