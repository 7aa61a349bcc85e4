import type { Lane } from '@carillon/core';
import { createParking, createPauses } from '@carillon/queue';
import { OperatorError, type Config } from '@carillon/runtime';
import { parkedSince, parkedText } from '../app-states/park-words.ts';
import { areOrIs, pausedLanes, resumeLine } from '../app-states/pause-words.ts';
import type { OpenRedis } from '../open-redis.ts';
import { timeText } from '../terminal/time-text.ts';

/**
 * Ends the pauses of an app, or that of one lane only, and what parks or holds it, and tells of it. Its suspects, its rejections and
 * what waits stay as they are. Throws an `OperatorError` when Redis cannot be used.
 */
export async function resumeApp(
  { redis, asked }: Pick<OpenRedis, 'redis' | 'asked'>,
  { redis: { keyPrefix } }: Pick<Config, 'redis'>,
  app: string,
  lane: Lane | undefined,
): Promise<readonly string[]> {
  const now = Date.now();
  const lines: string[] = [];

  const pauses = createPauses(redis, keyPrefix);
  const ofApp = (await asked(pauses.read(now))).filter((pause) => pause.app === app);
  const ended = ofApp.filter((pause) => lane === undefined || pause.lane === lane);
  if (lane !== undefined && ofApp.some((pause) => pause.lane === undefined))
    throw new OperatorError(`All lanes of ${app} are paused together`, {
      cure: `end that with \`${resumeLine({ app })}\`, and pause those that are to wait`,
      exit: 'usage',
    });
  if (ended.length > 0) await asked(pauses.resume(app, lane));
  for (const pause of ended)
    lines.push(
      `${app}: ${pausedLanes(pause)} ${areOrIs(pause)} no longer paused, after ${timeText(now - pause.since)}.`,
    );
  for (const pause of ofApp.filter((one) => !ended.includes(one)))
    lines.push(`${app}: ${pausedLanes(pause)} ${areOrIs(pause)} still paused.`);

  const parking = createParking(redis, keyPrefix);
  const parked = lane === undefined ? await asked(parking.read(app)) : undefined;
  if (parked !== undefined) {
    await asked(parking.resume(app));
    lines.push(
      `${app} is no longer ${parkedText(parked)}. It was, ${parkedSince(parked, now)}.`,
      'Its workers send again within a second. If the cause is not mended, they stop again:',
      `  ${parked.cure}`,
    );
  }
  if (lines.length === 0) lines.push(`${app} is neither paused nor parked nor held: nothing changed`);
  return lines;
}
