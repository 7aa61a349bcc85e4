import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { endAll, hasEnvironment, liveProcesses, type Process } from './processes.ts';

const markName = 'CARILLON_TEST_RUN';

/** What was just told to stop may need a moment. */
const patienceMs = 10_000;

/**
 * Everything that tests start, and what that starts in turn, inherits a mark in its environment. The check tells what was left, and
 * ends it. Linux only.
 */
export function markProcesses(): () => Promise<readonly string[]> {
  // Set once for the projects of a run, which share this process.
  const mark = (process.env[markName] ??= randomUUID());
  return () => endLeaks(`${markName}=${mark}`);
}

async function endLeaks(mark: string): Promise<readonly string[]> {
  const deadline = performance.now() + patienceMs;
  let leaks = marked(mark);
  while (leaks.length > 0 && performance.now() < deadline) {
    await delay(50);
    leaks = marked(mark);
  }
  return leaks.length === 0 ? [] : [`The tests leave processes behind (ended now):\n${endAll(leaks)}`];
}

/** Without this process and what it started itself: Vitest's workers, which end only after this check. */
function marked(mark: string): readonly Process[] {
  return liveProcesses()
    .filter(({ pid, parent }) => pid !== process.pid && parent !== process.pid)
    .filter((one) => hasEnvironment(one, mark));
}
