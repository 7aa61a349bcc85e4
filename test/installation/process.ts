import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A program of ours as a process: its lines of JSON, its end. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** Everything it has printed so far, line by line. */
  readonly lines: readonly string[];
  /** The first line of JSON, printed or still to come, that `matches`. Rejects when the process ends first. */
  lineOf<T extends object>(matches: Match): Promise<T>;
  /** The next line of JSON, not one printed before, that `matches`. */
  nextLine(matches: Match): Promise<Record<string, unknown>>;
  /** Called for each line of JSON from now on. */
  onLine(listener: (line: Record<string, unknown>) => void): void;
  write(line: object): void;
  kill(signal: NodeJS.Signals): void;
  /** The exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

type Match = (line: Record<string, unknown>) => boolean;

const root = new URL('../..', import.meta.url).pathname;

/** Runs a program from the root of the repository, one of TypeScript with our Node; standard error goes to ours. */
export function startProgram(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  const [command, ...first] = file.endsWith('.ts') ? [process.execPath, file] : [join(root, file)];
  const child: ChildProcess = spawn(command, [...first, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const listeners = new Set<(line: Record<string, unknown>) => void>();
  const ended = once(child, 'exit').then(
    ([code, signal]: (number | NodeJS.Signals | null)[]) => signal ?? code ?? 'SIGKILL',
  ) as Promise<number | NodeJS.Signals>;
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (text) => {
      lines.push(text);
      const line = parsed(text);
      if (line !== undefined) for (const listener of listeners) listener(line);
    });
  }

  async function waitFor(matches: Match, printed: readonly string[]): Promise<Record<string, unknown>> {
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
    const listener = (line: Record<string, unknown>): void => {
      if (matches(line)) resolve(line);
    };
    listeners.add(listener);
    for (const line of printed.map(parsed)) if (line !== undefined) listener(line);
    const commandLine = `${file} ${args.join(' ')}`;
    void ended.then((code) => reject(new Error(`${commandLine} ended with ${code}:\n${lines.join('\n')}`)));
    return promise.finally(() => listeners.delete(listener));
  }

  return {
    pid: child.pid ?? 0,
    lines,
    ended,
    onLine: (listener) => void listeners.add(listener),
    nextLine: (matches) => waitFor(matches, []),
    lineOf: async <T extends object>(matches: Match): Promise<T> => (await waitFor(matches, lines)) as T,
    write: (line) => void child.stdin?.write(`${JSON.stringify(line)}\n`),
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

function parsed(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
