import type { Now } from '@carillon/console';
import { readWorkers } from '@carillon/queue';
import { OperatorError, type Config } from '@carillon/runtime';
import { createReader, type ReadingWithPages } from '../top/reader.ts';
import { readCallers } from '../top/callers.ts';
import { readOpsPages } from '../top/ops-pages.ts';
import { createRateMeter } from '../top/rates.ts';
import { appNow, byNeed, flowOf, unreadApp } from './app-now.ts';
import type { ConsoleRedis } from './console-redis.ts';
import { createProcessReader } from './processes.ts';
import { createRedisReader } from './redis-findings.ts';

/** Everything of the first page, each time it is asked. Never rejects. */
export function createNowReader(
  config: Config,
  opened: ConsoleRedis,
  ops: readonly URL[],
): () => Promise<Now> {
  const read = createReader(config, opened, ops);
  const readProcesses = createProcessReader();
  const readRedis = createRedisReader(opened.redis, opened.settings);
  const names = config.apps.map(({ name }) => name);

  async function workers(): Promise<readonly string[]> {
    const apps = await readWorkers(opened.redis, config.redis.keyPrefix, names);
    return [...new Set(apps.flatMap((app) => app.workers.map(({ id }) => id)))].toSorted();
  }

  return async () => {
    const [reading, taking, redis] = await Promise.all([
      read().catch((error: unknown) => withoutRedis(error, ops)),
      workers().catch(() => []), // that Redis does not answer is told by the reading
      readRedis(),
    ]);
    const { at, states, rates, pages, troubles, redisTrouble } = reading;
    const known = new Map(states.map((state) => [state.app.name, state]));
    const apps = config.apps.map((app) => {
      const state = known.get(app.name);
      return state === undefined ? unreadApp(app, rates) : appNow(state, rates, at);
    });
    return {
      at,
      apps: apps.toSorted(byNeed),
      total: flowOf(states, rates, rates.total, at),
      processes: readProcesses(pages, at),
      workers: taking,
      redis,
      troubles: [...(redisTrouble === undefined ? [] : [redisTrouble]), ...troubles],
    };
  };
}

/** While Redis has never answered. */
async function withoutRedis(error: unknown, ops: readonly URL[]): Promise<ReadingWithPages> {
  if (!(error instanceof OperatorError)) throw error;
  const { pages, silent } = await readOpsPages(ops);
  const troubles = [...error.lines, ...silent.map((one) => `no rates of ${one}`)];
  const rates = createRateMeter().add([]);
  return { at: Date.now(), states: [], rates, callers: await readCallers(ops), troubles, pages };
}
