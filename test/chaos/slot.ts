import { startProgram, type Program } from '../installation/process.ts';

/**
 * A place for one process of Carillon under a supervisor: however it ends, it is started again at once.
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
  /** Signals that were sent to the process in it, but for those that only stop it for a while. */
  let asked = new Set<NodeJS.Signals>();
  let announced = false;
  let closed = false;
  let ready = Promise.withResolvers<void>();

  function fill(): void {
    starts += 1;
    asked = new Set();
    announced = false;
    program = startProgram('script/carillon', args);
    program.onLine((line) => {
      if (line['msg'] !== announcement) return;
      url = `http://${String(line['listen'])}`;
      announced = true;
      if (asked.size === 0) ready.resolve();
    });
    void refillAfter(program);
  }

  async function refillAfter(ending: Program): Promise<void> {
    const code = await ending.ended;
    if (closed) return;
    // A process that is asked to stop before it has read its configuration may end by the signal itself.
    const stopped = asked.has('SIGTERM') && (code === 0 || !announced);
    const killed = asked.has('SIGKILL') && code === 'SIGKILL';
    if (!stopped && !killed) troubles.push(`${name} ended with ${code}`);
    if (asked.size === 0) ready = Promise.withResolvers();
    fill();
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
      if (signal === 'SIGKILL' || signal === 'SIGTERM') {
        // Waits that begin now are for the successor; those under way go on.
        if (asked.size === 0 && announced) ready = Promise.withResolvers();
        asked.add(signal);
      }
      program.kill(signal);
    },
    working: () => ready.promise,
    async [Symbol.asyncDispose]() {
      closed = true;
      await program[Symbol.asyncDispose]();
    },
  };
}
