import type { ProviderModule } from '@carillon/core';
import { createParking } from '@carillon/queue';
import { loadConfig, type Config, type Exit } from '@carillon/runtime';
import { createAppStateReader } from '../app-states/app-states.ts';
import { appNamed } from '../app-states/choose-apps.ts';
import { openRedis, type OpenRedis } from '../open-redis.ts';
import { parkedSince, parkedText } from '../app-states/park-words.ts';
import type { AppsCommand } from './apps-command.ts';
import { appsJson, appsReport } from './apps-report.ts';

export interface AppsOptions extends AppsCommand {
  readonly providers: readonly ProviderModule[];
  readonly output: { write(text: string): unknown };
  readonly coloured: boolean;
}

/**
 * Tells what waits for each app and which are parked or held, or ends that of one. Throws an `OperatorError` for an unknown
 * app, and when the configuration or Redis cannot be used.
 */
export async function runApps(options: AppsOptions): Promise<Exit> {
  const { action, output, coloured } = options;
  const config = loadConfig({ path: options.configPath, appTypes: options.providers });
  if (action.kind === 'resume') appNamed(config.apps, action.app); // before Redis is bothered
  using opened = await openRedis(config);
  if (action.kind === 'resume') {
    output.write(await resume(action.app, config, opened));
  } else {
    const states = await opened.asked(createAppStateReader(opened.redis, config)());
    output.write(action.json ? appsJson(states, Date.now()) : appsReport(states, Date.now(), coloured));
  }
  return 'ok';
}

/** Ends whatever holds the app. Its suspects, its rejections and what waits stay as they are. */
async function resume(
  name: string,
  { redis: { keyPrefix } }: Config,
  { redis, asked }: OpenRedis,
): Promise<string> {
  const parking = createParking(redis, keyPrefix);
  const parked = await asked(parking.read(name));
  if (parked === undefined) return `${name} is neither parked nor held: nothing changed\n`;
  await asked(parking.resume(name));
  return [
    `${name} is no longer ${parkedText(parked)}. It was, ${parkedSince(parked, Date.now())}.`,
    'Its workers send again within a second. If the cause is not mended, they stop again:',
    `  ${parked.cure}`,
    '',
  ].join('\n');
}
