import { startProgram, type Program } from '../installation/process.ts';

/**
 * A place for one process of Carillon under a supervisor: whatever ends it, it is started again at once.
 */
export interface Slot extends AsyncDisposable {
  /** Of the process that was started last. */
  readonly pid: number;
  readonly url: string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process in it, or its successor, has said that it works. */
  working(): Promise<void>;
  readonly starts: number;
  /** Ends that nobody asked for by a signal, and orderly stops that were none: exit code or signal. */
  readonly troubles: readonly string[];
}

export function fillSlot(name: string, args: readonly string[], announcement: string): Slot {
  const troubles: string[] = [];
  let program: Program;
  let url = '';
  let starts = 0;
  let asked: NodeJS.Signals | undefined;
  let announced = false;
  let closed = false;
  let working: Promise<void>;

  function fill(): void {
    starts += 1;
    asked = undefined;
    announced = false;
    const started = (program = startProgram('script/carillon', args));
    const { promise, resolve } = Promise.withResolvers<void>();
    working = promise;
    started.onLine((line) => {
      if (line['msg'] !== announcement) return;
      url = `http://${String(line['listen'])}`;
      announced = true;
      resolve();
    });
    void refillAfter(started, resolve);
  }
  async function refillAfter(ending: Program, succeeded: () => void): Promise<void> {
    const code = await ending.ended;
    if (closed) return;
    const expected = asked === 'SIGKILL' ? 'SIGKILL' : asked === 'SIGTERM' && announced ? 0 : undefined;
    // A process that is asked to stop before it has read its configuration may end by the signal itself.
    if (code !== expected && !(asked === 'SIGTERM' && !announced))
      troubles.push(`${name} ended with ${code}`);
    fill();
    await working;
    succeeded();
  }
  fill();

  return {
    get pid() {
      return program.pid;
    },
    get url() {
      return url;
    },
    get starts() {
      return starts;
    },
    troubles,
    kill(signal) {
      if (signal !== 'SIGCONT' && signal !== 'SIGSTOP') asked = signal;
      program.kill(signal);
    },
    working: () => working,
    async [Symbol.asyncDispose]() {
      closed = true;
      await program[Symbol.asyncDispose]();
    },
  };
}
