import type { ProviderModule } from '@carillon/core';
import { readRedisTime } from '@carillon/queue';
import { loadConfig, OperatorError, type Exit } from '@carillon/runtime';
import { markOf } from '../terminal/colours.ts';
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
  const { keyPrefix } = config.redis;
  const refusal = await opened
    .asked(opened.redis.set(`${keyPrefix}:check`, '1', 'PX', 1_000))
    .then(() => undefined, refusalOf);
  const columns = output.isTTY === true ? output.columns : undefined;
  output.write(json ? appsJson(states, now) : appsReport(states, now, { coloured, columns }));
  // Workers say in Redis that they run.
  if (!json && refusal !== undefined)
    output.write(
      `${markOf('bad', coloured)} ${refusal.message}: the number of workers tells nothing meanwhile\n    cure: ${refusal.cure}\n`,
    );
  return 'ok';
}

/** Why Redis takes nothing, though it can be read. */
function refusalOf(error: unknown): OperatorError {
  if (!(error instanceof OperatorError)) throw error;
  return error;
}
