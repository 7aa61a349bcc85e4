import { readdirSync, readFileSync } from 'node:fs';

/** A process as Linux shows it in /proc. On other systems there seem to be none. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Processes that are alive: neither gone nor waiting for their parent to notice. */
export function liveProcesses(): readonly Process[] {
  return pids().flatMap((pid) => {
    // "PID (NAME) STATE PPID …"; the name may hold anything, so the last parenthesis counts. See proc(5).
    const [state, parent] = readProc(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ');
    if (parent === undefined || state === 'Z' || state === 'X') return [];
    const command = readProc(pid, 'cmdline').replaceAll('\0', ' ').trim();
    return [{ pid, parent: Number(parent), command }];
  });
}

export function descendantsOf(pid: number, all: readonly Process[]): readonly Process[] {
  const children = all.filter(({ parent }) => parent === pid);
  return [...children, ...children.flatMap((child) => descendantsOf(child.pid, all))];
}

/** `NAME=VALUE` in the environment that the process was started with. */
export function hasEnvironment({ pid }: Process, entry: string): boolean {
  return readProc(pid, 'environ').split('\0').includes(entry);
}

/** Ends them, without asking, and lists them. */
export function endAll(processes: readonly Process[]): string {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself in the meantime.
    }
  }
  return processes.map(({ pid, command }) => `  ${pid}  ${command}`).join('\n');
}

function pids(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Empty for a process that is gone or another user's. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
