import type { ProviderLog } from '@carillon/core';

/**
 * Logs trouble that repeats many times a second: once when it begins, then at most every half minute with how
 * often it was seen, and once when it is over: `over` has been said, and nothing was reported for some seconds.
 */
export interface TroubleLog {
  report(error: unknown): void;
  over(): void;
  /** Nothing more is told: what is being closed fails because of that. */
  end(): void;
}

const everyMs = 30_000;
/** Of trouble that comes and goes, such as a Redis that can be read and not written, only the end is the end. */
const quietMs = 3_000;

export function createTroubleLog(log: Pick<ProviderLog, 'warn' | 'info'>, what: string): TroubleLog {
  let since: number | undefined;
  let loggedAt = 0;
  let reportedAt = 0;
  let unlogged = 0;
  let ended = false;

  return {
    report(error) {
      if (ended) return;
      const now = Date.now();
      since ??= now;
      reportedAt = now;
      unlogged += 1;
      if (now - loggedAt < everyMs) return;
      log.warn({ what, err: error, times: unlogged, sinceMs: now - since }, `trouble with ${what}`);
      loggedAt = now;
      unlogged = 0;
    },
    over() {
      if (ended || since === undefined || Date.now() - reportedAt < quietMs) return;
      log.info({ what, lastedMs: reportedAt - since }, `${what} is well again`);
      since = undefined;
      loggedAt = 0;
      unlogged = 0;
    },
    end: () => void (ended = true),
  };
}
