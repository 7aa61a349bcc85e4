import type { ProviderLog } from '@carillon/core';

/**
 * Starts the parts of a process in order and stops them in reverse. Every part is stopped even if another one
 * fails to, and none is waited for longer than its deadline or what is left of the grace. Made for `await using`: leaving the block stops everything, and throws if a stop went wrong.
 */
export interface Lifecycle extends AsyncDisposable {
  /**
   * Opens a part and remembers how to close it. Gives up when the process is asked to stop: it rejects with
   * the signal's reason, and the part is closed if it opens after all.
   */
  start<T>(
    name: string,
    open: () => T | Promise<T>,
    close: (part: T, deadline: AbortSignal) => unknown,
    options?: StepOptions,
  ): Promise<T>;
  /** Remembers how to close what is open already. */
  add(name: string, close: (deadline: AbortSignal) => unknown, options?: StepOptions): void;
  /** Stops everything, last part first. Called again, gives the same report. Never rejects. */
  stop(): Promise<StopReport>;
}

export interface StepOptions {
  /** How long closing may take; never more than what is left of the grace, which is also the default. */
  readonly deadlineMs?: number;
}

export interface StopReport {
  readonly ok: boolean;
  /** In the order in which they were stopped. */
  readonly steps: readonly StoppedStep[];
}

export interface StoppedStep {
  readonly name: string;
  readonly result: 'stopped' | 'failed' | 'timed_out';
  readonly error?: unknown;
}

/** Leaving an `await using` block whose parts did not all stop. Each one has been logged by then. */
export class StopError extends Error {
  readonly report: StopReport;

  constructor(report: StopReport) {
    const unstopped = report.steps.filter(({ result }) => result !== 'stopped').map(({ name }) => name);
    super(`Did not stop cleanly: ${unstopped.join(', ')}`);
    this.name = 'StopError';
    this.report = report;
  }
}

export interface LifecycleOptions {
  readonly log: Pick<ProviderLog, 'debug' | 'warn' | 'error'>;
  /** How long stopping may take in all. Parts that are not reached within it get `lastChanceMs` each. */
  readonly graceMs: number;
  /** Aborted when the process is asked to stop. */
  readonly signal?: AbortSignal;
}

/** What a part gets after the grace has gone: time to drop a socket, not to drain. */
const lastChanceMs = 500;

interface Step {
  readonly name: string;
  readonly close: (deadline: AbortSignal) => unknown;
  readonly deadlineMs: number;
}

export function createLifecycle({ log, graceMs, signal }: LifecycleOptions): Lifecycle {
  const steps: Step[] = [];
  let stopping: Promise<StopReport> | undefined;

  const stopAll = async (): Promise<StopReport> => {
    const end = performance.now() + graceMs;
    const stopped: StoppedStep[] = [];
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      const limitMs = Math.min(step.deadlineMs, Math.max(end - performance.now(), lastChanceMs));
      const result = await stopStep(step, limitMs);
      stopped.push(result);
      const fields = { step: step.name, ...('error' in result && { err: result.error }) };
      if (result.result === 'stopped') log.debug(fields, 'stopped');
      else if (result.result === 'failed') log.error(fields, 'failed to stop');
      else log.warn({ ...fields, limitMs: Math.round(limitMs) }, 'did not stop in time');
    }
    return { ok: stopped.every(({ result }) => result === 'stopped'), steps: stopped };
  };

  const lifecycle: Lifecycle = {
    async start(name, open, close, options = {}) {
      signal?.throwIfAborted();
      if (stopping !== undefined) throw new Error(`${name} was started while everything is being stopped`);
      const opening = Promise.resolve().then(open);
      // Remembered before it is open, so that a stop during a slow start closes it too.
      const step: Step = {
        name,
        close: async (deadline) => {
          const [opened] = await Promise.allSettled([opening]);
          if (opened.status === 'fulfilled') await close(opened.value, deadline);
        },
        deadlineMs: options.deadlineMs ?? Infinity,
      };
      steps.push(step);
      try {
        const part = await unlessAborted(opening, signal);
        log.debug({ step: name }, 'started');
        return part;
      } catch (error) {
        // What failed to open has nothing to close; what is still opening when the stop comes may have.
        const stillOpening = signal?.aborted === true && error === signal.reason;
        if (!stillOpening && steps.includes(step)) steps.splice(steps.indexOf(step), 1);
        throw error;
      }
    },
    add(name, close, options = {}) {
      if (stopping !== undefined) throw new Error(`${name} was added while everything is being stopped`);
      steps.push({ name, close, deadlineMs: options.deadlineMs ?? Infinity });
    },
    stop() {
      stopping ??= stopAll();
      return stopping;
    },
    async [Symbol.asyncDispose]() {
      const report = await lifecycle.stop();
      if (!report.ok) throw new StopError(report);
    },
  };
  return lifecycle;
}

async function stopStep(step: Step, limitMs: number): Promise<StoppedStep> {
  const deadline = new AbortController();
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => {
    deadline.abort();
    late.resolve('late');
  }, limitMs);
  try {
    const closing = Promise.resolve().then(() => step.close(deadline.signal));
    const first = await Promise.race([closing, late.promise]);
    if (first !== 'late') return { name: step.name, result: 'stopped' };
    closing.catch(() => {}); // too late to tell anybody
    return { name: step.name, result: 'timed_out' };
  } catch (error) {
    return { name: step.name, result: 'failed', error };
  } finally {
    clearTimeout(timer);
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
