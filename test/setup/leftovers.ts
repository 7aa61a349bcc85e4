import { markProcesses } from './leaked-processes.ts';
import { giveFolder } from './leftover-files.ts';

/** Fails a test run that leaves processes or temporary files behind, and removes them. Vitest runs this once for each project. */
export function setup(): () => Promise<void> {
  const checks = [markProcesses(), giveFolder()]; // in this order, since a process may still write
  return async () => {
    const left: string[] = [];
    for (const check of checks) left.push(...(await check()));
    if (left.length > 0) throw new Error(left.join('\n'));
  };
}
