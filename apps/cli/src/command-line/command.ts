import type { ReadStream, WriteStream } from 'node:tty';
import type { ProviderModule } from '@carillon/core';
import type { Exit, LogControl, StopRequest } from '@carillon/runtime';
import type { Options, Values } from './options.ts';

/** A command as its file declares it: the list of all, its help, its reading and its tests follow from this. */
export interface Declaration<O extends Options, Input> {
  /** One word, or two for an action: `dead retry`. `dead list` is also what `dead` alone stands for. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** The words that it takes beside its options, as in `EVENT_ID [PUSHKEY]`. Default: none. */
  readonly words?: string;
  /** Besides `--config` and `--help`, which every command has. */
  readonly options: O;
  readonly examples: readonly string[];
  /** What exit codes mean where it is more than they mean everywhere. */
  readonly exits?: Readonly<Partial<Record<Exit, string>>>;
  /** It runs until it is asked to stop, and what it says is its log. Other commands answer a person or a program. */
  readonly serves?: true;
  /** Makes of the command line what `run` needs. Throws the `OperatorError` of `usageError`. */
  readonly read: (given: Given<O>) => Input;
  readonly run: (input: Input, context: Context) => Promise<Exit>;
}

/** A command line that has been taken apart: every option exists, and has a value if it takes one. */
export interface Given<O extends Options> {
  /** `--config`, else `CARILLON_CONFIG`, else `carillon.yaml`. */
  readonly configPath: string;
  readonly values: Values<O>;
  readonly words: readonly string[];
}

/** What a command works with. */
export interface Context {
  readonly providers: readonly ProviderModule[];
  readonly output: WriteStream;
  readonly input: ReadStream;
  /** Whether the output shows colours. */
  readonly coloured: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly stop: StopRequest;
  readonly logControl: LogControl;
}

/** Any command, for the list of them. */
export interface Command extends Omit<Declaration<Options, unknown>, 'read' | 'run'> {
  /** Reads a command line of this command. Throws an `OperatorError` that says what is wrong with it. */
  prepare(given: Given<Options>): Prepared;
}

export interface Prepared {
  /** What it was read as, for tests. */
  readonly input: unknown;
  run(context: Context): Promise<Exit>;
}

export function command<const O extends Options, Input>(declared: Declaration<O, Input>): Command {
  return {
    ...declared,
    prepare(given) {
      const input = declared.read(given as Given<O>); // it was read by these very options
      return { input, run: (context) => declared.run(input, context) };
    },
  };
}
