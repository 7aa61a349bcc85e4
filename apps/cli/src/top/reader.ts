import { OperatorError, type Config } from '@carillon/runtime';
import { createAppStateReader, type AppState } from '../app-states/app-states.ts';
import type { OpenRedis } from '../open-redis.ts';
import { readCallers } from './callers.ts';
import type { Reading } from './frame.ts';
import { configuredPages, readOpsPages, type OpsPage } from './ops-pages.ts';
import { createRateMeter } from './rates.ts';

/** A reading, with the pages that the rates are from. */
export interface ReadingWithPages extends Reading {
  readonly pages: readonly OpsPage[];
}

/**
 * Reads again and again what waits and what goes on; `ops` are the private listeners of the processes, none for those of the
 * configuration. Rejects only while Redis has not answered once.
 */
export function createReader(
  config: Config,
  { redis, asked }: Pick<OpenRedis, 'redis' | 'asked'>,
  ops: readonly URL[],
): () => Promise<ReadingWithPages> {
  const urls = ops.length > 0 ? ops : configuredPages(config);
  const meter = createRateMeter();
  const readStates = createAppStateReader(redis, config);
  let states: readonly AppState[] | undefined;

  return async () => {
    let redisTrouble: string | undefined;
    const [told, pages, callers] = await Promise.all([
      asked(readStates()).catch((error: unknown) => {
        if (states === undefined || !(error instanceof OperatorError)) throw error;
        redisTrouble = `${error.message}; what waits is as it was last read: ${error.cure}`;
        return states;
      }),
      readOpsPages(urls),
      readCallers(urls),
    ]);
    states = told;
    const troubles = pages.silent.map((silent) => `no rates of ${silent}`);
    if (pages.pages.length === 0)
      troubles.push('rates and lateness need the private listener of each process: --ops URL, once for each');
    const rates = meter.add(pages.pages);
    const reading = { at: Date.now(), states, rates, callers, troubles, pages: pages.pages };
    return { ...reading, ...(redisTrouble !== undefined && { redisTrouble }) };
  };
}
