import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { OperatorError } from '@carillon/runtime';

/** Reads the options of a command that takes nothing else. Throws an `OperatorError` that says what is wrong. */
export function options<const Options extends ParseArgsOptionsConfig>(
  command: string,
  args: readonly string[],
  allowed: Options,
) {
  return understood(command, () =>
    parseArgs({ args: [...args], options: allowed, strict: true, allowPositionals: false }),
  ).values;
}

/** The same for a command that takes words, too, such as an action and what it is done to. */
export function optionsAndWords<const Options extends ParseArgsOptionsConfig>(
  command: string,
  args: readonly string[],
  allowed: Options,
) {
  return understood(command, () =>
    parseArgs({ args: [...args], options: allowed, strict: true, allowPositionals: true }),
  );
}

function understood<T>(command: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    // The message of `parseArgs` names the option; its advice about `--` helps nobody here.
    const [message = ''] = (error instanceof Error ? error.message : '').split('. ');
    throw usage(`carillon ${command}: ${message.replace(/\.$/, '')}`);
  }
}

export function oneOf<T extends string>(option: string, known: readonly T[], given: string): T {
  const found = known.find((one) => one === given);
  if (found === undefined) throw usage(`${option} ${given} is not one of ${known.join(', ')}`);
  return found;
}

export function usage(message: string): OperatorError {
  return new OperatorError(message, {
    cure: '`carillon --help` lists the commands and options',
    exit: 'usage',
  });
}
