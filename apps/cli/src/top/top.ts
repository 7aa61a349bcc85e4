import type { ReadStream, WriteStream } from 'node:tty';
import type { ProviderModule } from '@carillon/core';
import { loadConfig, type Exit } from '@carillon/runtime';
import { openRedis } from '../open-redis.ts';
import { pause } from '../terminal/pause.ts';
import { frameLines, type Reading } from './frame.ts';
import { createReader } from './reader.ts';
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
  const next = createReader(config, opened, options.ops);
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
