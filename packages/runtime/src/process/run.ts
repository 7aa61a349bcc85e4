import { OperatorError } from './operator-error.ts';
import { exits } from './exits.ts';
import type { Log } from '../log/log.ts';
import { StopError } from './lifecycle.ts';

/** How `main` learns that the process shall end. */
export interface StopRequest {
  /** Resolves when a signal or a failure asks for the end. Never rejects. */
  readonly requested: Promise<void>;
  /** Aborted at the same moment, for what takes a signal. */
  readonly signal: AbortSignal;
  /** Asks for the end because a part has failed for good; the process exits with its code. */
  fail(error: unknown): void;
}

export interface RunOptions {
  /**
   * When `main` is done the process ends by itself; if something keeps it alive, this long after. Default: 5 s.
   */
  readonly lingerMs?: number;
}

/**
 * Runs a process from start to exit code. SIGTERM and SIGINT both ask for an orderly stop; a second one ends
 * the process at once. An `OperatorError` becomes readable lines on standard error; any other error is logged
 * with its stack, and so is one that nobody caught, which also asks for the stop: what is in flight then goes
 * back to the queue instead of waiting until its worker counts as dead. The first failure decides the exit code.
 */
export async function run(
  log: Log,
  main: (stop: StopRequest) => Promise<void>,
  { lingerMs = 5_000 }: RunOptions = {},
): Promise<void> {
  const controller = new AbortController();
  const { promise: requested, resolve } = Promise.withResolvers<void>();
  const { signal } = controller;
  const ask = (): void => {
    controller.abort(new DOMException('The process is stopping', 'AbortError'));
    resolve();
  };
  const failed = (error: unknown): void => {
    // A start that was cut short by the request to stop is what was asked for.
    if (signal.aborted && error === signal.reason) return;
    const code = report(error, log);
    if (process.exitCode === exits.ok.code) process.exitCode = code;
  };
  const fail = (error: unknown): void => {
    failed(error);
    ask();
  };

  process.exitCode = exits.ok.code;
  const onSignal = (name: NodeJS.Signals, number: number): void => {
    if (signal.aborted) {
      log.warn({ signal: name }, 'ending at once');
      // oxlint-disable-next-line no-process-exit -- a second signal means that nobody wants to wait
      process.exit(128 + number);
    }
    log.info({ signal: name }, 'stopping');
    ask();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // Covers rejections that nobody handled too: Node raises them as exceptions.
  process.on('uncaughtException', fail);

  try {
    await main({ requested, signal, fail });
  } catch (error) {
    for (const cause of causes(error)) failed(cause);
  }

  setTimeout(() => {
    log.warn({ resources: process.getActiveResourcesInfo() }, 'something keeps the process alive; ending it');
    // oxlint-disable-next-line no-process-exit -- reached only if something was not closed, which is logged
    process.exit();
  }, lingerMs).unref();
}

/** `await using` joins the error of the block and that of its end into one; they are told apart again. */
function causes(error: unknown): readonly unknown[] {
  return error instanceof SuppressedError ? [...causes(error.suppressed), ...causes(error.error)] : [error];
}

function report(error: unknown, log: Log): number {
  if (error instanceof OperatorError) {
    process.stderr.write(error.lines.map((line) => `carillon: ${line}\n`).join(''));
    return error.exitCode;
  }
  // Its steps have been logged where they failed.
  if (!(error instanceof StopError)) log.fatal({ err: error }, 'failed unexpectedly');
  return exits.failure.code;
}
