import type { ProviderModule } from '@carillon/core';
import { createParking } from '@carillon/queue';
import { loadConfig, type Exit } from '@carillon/runtime';
import { appNamed } from '../app-states/choose-apps.ts';
import { parkedSince, parkedText } from '../app-states/park-words.ts';
import { openRedis } from '../open-redis.ts';

export interface ResumeOptions {
  readonly configPath: string;
  /** The name of its entry. */
  readonly app: string;
  readonly providers: readonly ProviderModule[];
  readonly output: { write(text: string): unknown };
}

/**
 * Lets a parked or held app go on. Its suspects, its rejections and what waits stay as they are. Throws an `OperatorError`
 * for an unknown app, and when the configuration or Redis cannot be used.
 */
export async function resumeApp({ configPath, app, providers, output }: ResumeOptions): Promise<Exit> {
  const config = loadConfig({ path: configPath, appTypes: providers });
  appNamed(config.apps, app); // before Redis is bothered
  using opened = await openRedis(config);
  const parking = createParking(opened.redis, config.redis.keyPrefix);
  const parked = await opened.asked(parking.read(app));
  if (parked === undefined) {
    output.write(`${app} is neither parked nor held: nothing changed\n`);
    return 'ok';
  }
  await opened.asked(parking.resume(app));
  const lines = [
    `${app} is no longer ${parkedText(parked)}. It was, ${parkedSince(parked, Date.now())}.`,
    'Its workers send again within a second. If the cause is not mended, they stop again:',
    `  ${parked.cure}`,
  ];
  output.write(`${lines.join('\n')}\n`);
  return 'ok';
}
