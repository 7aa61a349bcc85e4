import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after this time, or at once when the signal says so. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
