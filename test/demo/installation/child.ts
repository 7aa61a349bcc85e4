import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A process of the demo: its lines of JSON, its last words, its end. */
export interface Child {
  /** As a person calls it, such as `worker 1`. */
  readonly name: string;
  readonly pid: number;
  /** The first line of JSON, printed or still to come, that `matches`. Rejects when the process ends first. */
  lineOf<T extends object>(matches: (line: JsonLine) => boolean): Promise<T>;
  /** Called for each line of JSON from now on. */
  onLine(listener: (line: JsonLine) => void): void;
  /** One line of JSON on its standard input. */
  send(line: object): void;
  /** SIGKILL, as a crash would; its end is expected then. */
  kill(): Promise<void>;
  /** SIGTERM, or the end of its input for a keeper, and SIGKILL when it does not end within `patienceMs`. */
  stop(patienceMs: number): Promise<void>;
}

export type JsonLine = Readonly<Record<string, unknown>>;

export interface ChildOptions {
  readonly name: string;
  /** A TypeScript file of the checkout and its arguments. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  /** How it is asked to end. */
  readonly stopBy: 'SIGTERM' | 'end of input';
  /** Called when it ends though nobody asked it to. */
  readonly onUnexpectedEnd: (how: string, lastLines: readonly string[]) => void;
}

const lastLinesKept = 8;

/**
 * Starts a program with this Node, in a session of its own: Ctrl-C in the terminal reaches the demo alone, which
 * then stops its children in order.
 */
export function startChild(options: ChildOptions): Child {
  const child = spawn(process.execPath, options.args, {
    cwd: options.cwd,
    env: options.environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const lastLines: string[] = [];
  const seen: JsonLine[] = [];
  const listeners = new Set<(line: JsonLine) => void>();
  let isReady = false;
  let isEndExpected = false;

  function hear(text: string): void {
    lastLines.push(text);
    if (lastLines.length > lastLinesKept) lastLines.shift();
    const line = parsed(text);
    if (line === undefined) return;
    if (!isReady) seen.push(line);
    for (const listener of listeners) listener(line);
  }
  const closed = Promise.all([readLines(child.stdout, hear), readLines(child.stderr, hear)]);
  child.stdin.on('error', () => undefined); // it is gone, and its end tells that

  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const told = tellEnd();

  async function tellEnd(): Promise<void> {
    const how = await ended;
    await closed;
    if (!isEndExpected) options.onUnexpectedEnd(how, lastLines);
  }

  return {
    name: options.name,
    pid: child.pid ?? 0,
    async lineOf<T extends object>(matches: (line: JsonLine) => boolean): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const listener = (line: JsonLine): void => {
        if (matches(line)) resolve(line as T);
      };
      listeners.add(listener);
      for (const line of seen) listener(line);
      void ended.then((how) => reject(new Error(`${options.name} ended: ${how}`)));
      try {
        return await promise;
      } finally {
        listeners.delete(listener);
        isReady = true;
        seen.length = 0;
      }
    },
    onLine: (listener) => void listeners.add(listener),
    send: (line) => void child.stdin.write(`${JSON.stringify(line)}\n`),
    async kill() {
      isEndExpected = true;
      child.kill('SIGKILL');
      await told;
    },
    async stop(patienceMs) {
      isEndExpected = true;
      if (options.stopBy === 'SIGTERM') child.kill('SIGTERM');
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await told;
      clearTimeout(timer);
    },
  };
}

/** SIGKILL to a process that is nobody's child any more, or has ended already. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended already
  }
}

async function readLines(stream: Readable, hear: (line: string) => void): Promise<void> {
  const reader = createInterface({ input: stream });
  reader.on('line', hear);
  await once(reader, 'close');
}

function parsed(text: string): JsonLine | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as JsonLine;
  } catch {
    return undefined;
  }
}
