import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Fails a test run that leaves processes behind, and ends them. Everything that tests start, and what that
 * starts in turn, inherits a mark in its environment; Linux shows the environment of each process in /proc.
 * Elsewhere nothing is checked.
 */
const markName = 'CARILLON_TEST_RUN';

/** What was just told to stop may need a moment. */
const patienceMs = 5_000;

export function setup(): (() => Promise<void>) | undefined {
  if (!existsSync('/proc/self/environ')) return undefined;
  // Set once for the projects of a run, which share this process.
  const mark = (process.env[markName] ??= randomUUID());
  return () => failOnLeaks(mark);
}

async function failOnLeaks(mark: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  let leaks = markedProcesses(mark);
  while (leaks.length > 0 && performance.now() < deadline) {
    await delay(50);
    leaks = markedProcesses(mark);
  }
  if (leaks.length === 0) return;
  for (const { pid } of leaks) process.kill(pid, 'SIGKILL');
  const list = leaks.map(({ pid, command }) => `  ${pid}  ${command}`).join('\n');
  throw new Error(`The tests left these processes behind (ended now):\n${list}`);
}

interface MarkedProcess {
  readonly pid: number;
  readonly command: string;
}

function markedProcesses(mark: string): readonly MarkedProcess[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids
    .filter((pid) => readProc(pid, 'environ').includes(`${markName}=${mark}`) && !isVitest(pid))
    .map((pid) => ({ pid, command: readProc(pid, 'cmdline').replaceAll('\0', ' ').trim() }));
}

/** This process and what it started itself: Vitest's workers, which end only after this check. */
function isVitest(pid: number): boolean {
  return pid === process.pid || readProc(pid, 'status').includes(`\nPPid:\t${process.pid}\n`);
}

/** Empty for a process that is gone, is another user's, or is a zombie. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
