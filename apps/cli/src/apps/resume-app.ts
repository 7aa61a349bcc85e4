import type { Lane, ProviderModule } from '@carillon/core';
import { createParking, createPauses } from '@carillon/queue';
import { loadConfig, OperatorError, type Exit } from '@carillon/runtime';
import { appNamed } from '../app-states/choose-apps.ts';
import { parkedSince, parkedText } from '../app-states/park-words.ts';
import { pausedLanes, resumeLine } from '../app-states/pause-words.ts';
import { openRedis } from '../open-redis.ts';
import { timeText } from '../terminal/time-text.ts';

export interface ResumeOptions {
  readonly configPath: string;
  /** The name of its entry. */
  readonly app: string;
  /** Ends only the pause of this lane. */
  readonly lane: Lane | undefined;
  readonly providers: readonly ProviderModule[];
  readonly output: { write(text: string): unknown };
}

/**
 * Ends the pauses of the app, and what parks or holds it. Its suspects, its rejections and what waits stay as they are.
 * Throws an `OperatorError` for an unknown app, and when the configuration or Redis cannot be used.
 */
export async function resumeApp({ configPath, app, lane, providers, output }: ResumeOptions): Promise<Exit> {
  const config = loadConfig({ path: configPath, appTypes: providers });
  appNamed(config.apps, app); // before Redis is bothered
  const { keyPrefix } = config.redis;
  using opened = await openRedis(config);
  const { redis, asked } = opened;
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
    lines.push(`${app}: ${pausedLanes(pause)} no longer paused, after ${timeText(now - pause.since)}.`);
  for (const pause of ofApp.filter((one) => !ended.includes(one)))
    lines.push(`${app}: ${pausedLanes(pause)} still paused.`);

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
  output.write(`${lines.join('\n')}\n`);
  return 'ok';
}
