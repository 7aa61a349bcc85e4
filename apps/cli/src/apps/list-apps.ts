import type { ProviderModule } from '@carillon/core';
import { readRedisTime } from '@carillon/queue';
import { loadConfig, type Exit } from '@carillon/runtime';
import { createAppStateReader } from '../app-states/app-states.ts';
import { openRedis } from '../open-redis.ts';
import { appsJson, appsReport } from './apps-report.ts';

export interface ListAppsOptions {
  readonly configPath: string;
  readonly json: boolean;
  readonly providers: readonly ProviderModule[];
  readonly output: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
  readonly coloured: boolean;
}

/**
 * Tells what waits for each app and which are parked or held. Throws an `OperatorError` when the configuration or Redis
 * cannot be used.
 */
export async function listApps(options: ListAppsOptions): Promise<Exit> {
  const { configPath, json, providers, output, coloured } = options;
  const config = loadConfig({ path: configPath, appTypes: providers });
  using opened = await openRedis(config);
  const [states, now] = await opened.asked(
    Promise.all([
      createAppStateReader(opened.redis, config)(),
      readRedisTime(opened.redis, config.redis.keyPrefix),
    ]),
  );
  const columns = output.isTTY === true ? output.columns : undefined;
  output.write(json ? appsJson(states, now) : appsReport(states, now, { coloured, columns }));
  return 'ok';
}
