import type { Lane } from '@carillon/core';
import { createPauses, type Pause } from '@carillon/queue';
import type { Config } from '@carillon/runtime';
import { pausedLanes, pauseText } from '../app-states/pause-words.ts';
import type { OpenRedis } from '../open-redis.ts';
import { shellWord } from '../terminal/shell-word.ts';

export interface PauseOrder {
  readonly app: string;
  /** Undefined for all of them. */
  readonly lane: Lane | undefined;
  /** How long; undefined for until it is resumed. */
  readonly untilMs: number | undefined;
  readonly reason: string | undefined;
  readonly by: string;
}

/** Pauses lanes of an app of the configuration, and tells of it. Throws an `OperatorError` when Redis cannot be used. */
export async function pauseApp(
  { redis, asked }: Pick<OpenRedis, 'redis' | 'asked'>,
  { redis: { keyPrefix } }: Pick<Config, 'redis'>,
  { app, lane, untilMs, reason, by }: PauseOrder,
): Promise<readonly string[]> {
  const now = Date.now();
  const pause: Pause = {
    app,
    by,
    since: now,
    ...(lane !== undefined && { lane }),
    ...(untilMs !== undefined && { until: now + untilMs }),
    ...(reason !== undefined && { reason }),
  };
  await asked(createPauses(redis, keyPrefix).pause(pause));
  return [
    `${app}: ${pausedLanes(pause)} ${lane === undefined ? 'are' : 'is'} ${pauseText(pause, now)}`,
    'Its workers send nothing of that from the next second on; what they had taken is still sent. What waits is kept until it expires.',
    `To end it: carillon apps resume ${shellWord(app)}${lane === undefined ? '' : ` --lane ${lane}`}`,
  ];
}
