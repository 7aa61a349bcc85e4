import { setTimeout as delay } from 'node:timers/promises';
import { DemoError } from './demo-error.ts';

/** What a wait is about, for the error when it was in vain. */
export interface Wait {
  /** As in "… did not happen within 10 s". */
  readonly what: string;
  readonly withinMs: number;
  /** Rejects with its reason as soon as it is aborted. */
  readonly signal: AbortSignal;
}

export async function within<T>(promise: Promise<T>, { what, withinMs, signal }: Wait): Promise<T> {
  signal.throwIfAborted();
  const { promise: cutShort, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  const timer = setTimeout(
    () => reject(new DemoError(`${what} did not happen within ${seconds(withinMs)}`)),
    withinMs,
  );
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, cutShort]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Asks again and again, for what tells nobody when it changes. */
export async function until<T>(ask: () => Promise<T | undefined>, wait: Wait, everyMs = 50): Promise<T> {
  const deadline = performance.now() + wait.withinMs;
  for (;;) {
    const answer = await within(ask(), wait);
    if (answer !== undefined) return answer;
    if (performance.now() > deadline)
      throw new DemoError(`${wait.what} did not happen within ${seconds(wait.withinMs)}`);
    await pause(everyMs, wait.signal);
  }
}

/** Rejects with the signal's reason, which `node:timers/promises` wraps into an error of its own. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

export function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`;
}
