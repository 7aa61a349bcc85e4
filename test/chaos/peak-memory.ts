import { readFileSync } from 'node:fs';

/** The most resident memory of processes that come and go, by role, in bytes. */
export interface PeakMemory extends Disposable {
  readonly peaks: ReadonlyMap<string, number>;
}

const everyMs = 250;

export function watchMemory(roles: () => readonly (readonly [role: string, pid: number])[]): PeakMemory {
  const peaks = new Map<string, number>();
  const timer = setInterval(() => {
    for (const [role, pid] of roles()) peaks.set(role, Math.max(peaks.get(role) ?? 0, residentBytes(pid)));
  }, everyMs);
  return { peaks, [Symbol.dispose]: () => clearInterval(timer) };
}

/** 0 for a process that is gone. */
export function residentBytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
  }
}
