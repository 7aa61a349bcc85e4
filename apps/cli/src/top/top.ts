import type { ReadStream, WriteStream } from 'node:tty';
import type { ProviderModule } from '@carillon/core';
import { loadConfig, OperatorError, type Config, type Exit } from '@carillon/runtime';
import { createAppStateReader, type AppState } from '../app-states/app-states.ts';
import { openRedis, type OpenRedis } from '../open-redis.ts';
import { pause } from '../terminal/pause.ts';
import { frameLines, type Reading } from './frame.ts';
import { readCallers } from './callers.ts';
import { configuredPages, readOpsPages } from './ops-pages.ts';
import { createRateMeter } from './rates.ts';
import { openScreen } from './screen.ts';

export interface TopOptions {
  readonly configPath: string;
  readonly once: boolean;
  /** Private listeners of the processes; empty for those of the configuration. */
  readonly ops: readonly URL[];
  readonly providers: readonly ProviderModule[];
  readonly output: WriteStream;
  readonly input: ReadStream;
  readonly coloured: boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** A frame costs Redis up to eight commands for each queue, and four for each app. */
const frameMs = 2_000;
/** What the first rates are measured over. */
const onceMs = 1_000;
/** For an output that is no terminal and has no width. */
const plainWidth = 240;

/**
 * Shows what waits and what goes on, again and again on a terminal, once elsewhere. Throws an `OperatorError` when
 * the configuration or Redis cannot be used at the start; later, Redis may go and come.
 */
export async function runTop(options: TopOptions): Promise<Exit> {
  const { output, once, coloured } = options;
  const config = loadConfig({ path: options.configPath, appTypes: options.providers });
  using opened = await openRedis(config);
  const next = createReader(options, config, opened);
  if (!once && output.isTTY) {
    await live(options, next);
    return 'ok';
  }
  await next();
  await pause(onceMs, options.signal);
  const reading = await next();
  const columns = output.isTTY ? output.columns : plainWidth;
  output.write(`${frameLines(reading, { columns, rows: Infinity, coloured }).join('\n')}\n`);
  return 'ok';
}

/** Reads everything for a frame. Rejects only while Redis has not answered once. */
function createReader(
  { ops }: TopOptions,
  config: Config,
  { redis, asked }: OpenRedis,
): () => Promise<Reading> {
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
    return {
      at: Date.now(),
      states,
      rates,
      callers,
      troubles,
      ...(redisTrouble !== undefined && { redisTrouble }),
    };
  };
}

async function live(
  { output, input, coloured, signal }: TopOptions,
  next: () => Promise<Reading>,
): Promise<void> {
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal]);
  let reading = await next();
  const draw = (): void => {
    screen.show(frameLines(reading, { columns: output.columns, rows: output.rows, coloured }));
  };
  using screen = openScreen({ output, input, quit: () => ended.abort(), resized: draw });
  draw();
  await pause(onceMs, until); // the first frame has no rates
  while (!until.aborted) {
    reading = await next();
    draw();
    await pause(frameMs, until);
  }
}
