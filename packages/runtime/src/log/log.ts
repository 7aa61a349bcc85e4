import {
  pino,
  stdTimeFunctions,
  type Bindings,
  type ChildLoggerOptions,
  type Level,
  type Logger,
} from 'pino';
import { prettyLine } from './pretty-line.ts';
import { redactFields, redactText } from './redaction.ts';

export type Log = Logger;
export type LogLevel = Level | 'silent';
export const logLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

export interface LogOptions {
  /** Default: `info`. */
  readonly level?: LogLevel;
  /** Where the lines go; default: standard output, written at once so that none is lost at the end. */
  readonly destination?: { write(line: string): unknown };
  /** Lines for eyes instead of JSON; default: whether standard output is a terminal and nothing else is set. */
  readonly pretty?: boolean;
}

export interface LogControl {
  readonly log: Log;
  /** Changes the level of the log and of every child made of it, from the next line on. */
  readonly setLevel: (level: LogLevel) => void;
  /** Adds to every line, of children too, what this says at that moment. The line's own fields win. */
  readonly setContext: (fields: () => object) => void;
}

/**
 * Changes the level at somebody's request and logs who it was, at every level: the next person who finds a log silent
 * or loud has to learn why.
 */
export function changeLogLevel({ log, setLevel }: LogControl, level: LogLevel, by: string): void {
  const before = log.level;
  setLevel('info');
  log.info({ before, to: level, by }, 'log level changed'); // `level` is the line's own
  setLevel(level);
}

type MakeChild = (this: Log, bindings: Bindings, options?: ChildLoggerOptions) => Log;

/**
 * The log of a process: a line of JSON for each entry with `time` (ISO 8601), `level` (its name) and `msg`, or
 * coloured text on a terminal. Secrets are taken out of every line, see `redaction.ts`.
 */
export function createLog({ level = 'info', destination, pretty }: LogOptions = {}): LogControl {
  const output = destination ?? pino.destination({ fd: 1, sync: true });
  const forEyes = pretty ?? (destination === undefined && process.stdout.isTTY);
  // pino gives each child a level of its own. They live as long as the part that logs with them.
  const children = new Set<WeakRef<{ level: string }>>();

  let context = (): object => ({});

  const log = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      mixin: () => context(),
      formatters: {
        level: (name) => ({ level: name }),
        log: redactFields,
      },
      // Errors are described by `redactFields` already.
      serializers: { err: (described: unknown) => described },
      hooks: { streamWrite: redactText },
      onChild(made) {
        for (const known of children) if (known.deref() === undefined) children.delete(known);
        children.add(new WeakRef(made));
      },
    },
    forEyes ? { write: (line: string) => void output.write(prettyLine(line)) } : output,
  );

  // pino lets nobody see what a child is bound to before it becomes text. Children inherit this one.
  const pinoChild = Reflect.get(log, 'child') as unknown as MakeChild; // less general than pino's, but so is `Log`
  const child: MakeChild = function (bindings, options) {
    return pinoChild.call(this, redactFields(bindings), options);
  };
  Object.assign(log, { child });

  return {
    log,
    setContext: (fields) => (context = fields),
    setLevel(next) {
      log.level = next;
      for (const known of children) {
        const living = known.deref();
        if (living !== undefined) living.level = next;
      }
    },
  };
}
