import type { ClockReading } from '@carillon/core';
import type { CheckedFinding } from './finding.ts';

/** What one look outside has brought. */
export interface Look {
  readonly findings: readonly CheckedFinding[];
  /** Clocks that were seen on the way. */
  readonly clocks: readonly ClockReading[];
}

/** Waits for a look no longer than `ms`; what has not answered by then is the finding. What it throws is a bug. */
export async function inTime(ms: number, look: Promise<Look>, late: CheckedFinding): Promise<Look> {
  const { promise, resolve } = Promise.withResolvers<Look>();
  const timer = setTimeout(() => resolve({ findings: [late], clocks: [] }), ms);
  try {
    return await Promise.race([look, promise]);
  } finally {
    clearTimeout(timer);
  }
}
