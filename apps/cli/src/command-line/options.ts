import { duration } from '@carillon/core';
import { nearestWord, OperatorError } from '@carillon/runtime';

/** An option as `parseArgs` takes it, and what the help says of it. */
export type Option = {
  readonly short?: string;
  readonly help: string;
} & (
  | { readonly type: 'boolean' }
  /** `value` is what stands for it in the help, as in `--config FILE`. */
  | { readonly type: 'string'; readonly value: string; readonly multiple?: true }
);

export type Options = Readonly<Record<string, Option>>;

/** Flags are false when they are not given, and what may be given several times is empty. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends { readonly type: 'boolean' }
    ? boolean
    : O[Name] extends { readonly multiple: true }
      ? readonly string[]
      : string | undefined;
};

/** A command line that is wrong. `cure` says what to do instead; default: the help of the command has its options. */
export function usageError(command: string, message: string, cure?: string): OperatorError {
  return new OperatorError(`${command}: ${message}`, {
    cure: cure ?? `see \`carillon ${command} --help\``,
    exit: 'usage',
  });
}

/** One of a closed set of values. */
export function oneOf<T extends string>(
  command: string,
  option: string,
  known: readonly T[],
  given: string,
): T {
  const found = known.find((one) => one === given);
  if (found !== undefined) return found;
  throw usageError(command, `${option} ${given} is not one of ${known.join(', ')}`, didYouMean(given, known));
}

/** Milliseconds of a duration such as `30m`. */
export function durationOf(
  command: string,
  option: string,
  text: string,
  limits: Parameters<typeof duration>[0],
): number {
  const parsed = duration(limits).safeParse(text);
  if (parsed.success) return parsed.data;
  throw usageError(command, `${option} ${text} ${parsed.error.issues[0]?.message ?? 'is wrong'}`);
}

/** A cure, if it can be told what was meant. */
export function didYouMean(given: string, known: readonly string[]): string | undefined {
  const near = nearestWord(given, known);
  return near === undefined ? undefined : `did you mean ${near}?`;
}
