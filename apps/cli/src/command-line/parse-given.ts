import { parseArgs } from 'node:util';
import type { Command, Given } from './command.ts';
import { didYouMean, usageError, type Option, type Options, type Values } from './options.ts';

/** The options that every command has. */
export const common = {
  config: {
    type: 'string',
    short: 'c',
    value: 'FILE',
    help: 'the configuration (default: $CARILLON_CONFIG, else carillon.yaml)',
  },
  help: { type: 'boolean', short: 'h', help: 'this text' },
} as const satisfies Options;

/** Takes the arguments of a command apart. Throws an `OperatorError` that names what was wrong and what was meant. */
export function parseGiven(
  { name, words, options: own }: Command,
  args: readonly string[],
  defaultConfigPath: string,
): Given<Options> {
  const options: Options = { ...own, ...common };
  // Not strict: its own errors name nothing that was meant.
  const { tokens, values, positionals } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) {
      const known = Object.keys(options).map((one) => `--${one}`);
      throw usageError(name, `there is no option ${token.rawName}`, didYouMean(token.rawName, known));
    }
    checkValue(name, token, option);
    const takesOne = option.type === 'string' && option.multiple !== true;
    if (takesOne && seen.has(token.name))
      throw usageError(name, `${token.rawName} is given twice, and takes one`);
    seen.add(token.name);
  }
  const [unwanted] = positionals;
  if (words === undefined && unwanted !== undefined)
    throw usageError(name, `${unwanted} is one word too many: it takes only options`);
  return {
    configPath: typeof values['config'] === 'string' ? values['config'] : defaultConfigPath,
    values: complete(options, values),
    words: positionals,
  };
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function checkValue(command: string, { rawName, value, inlineValue }: OptionToken, option: Option): void {
  if (option.type === 'boolean') {
    if (value !== undefined) throw usageError(command, `${rawName} takes no value`, `leave out =${value}`);
    return;
  }
  if (value === undefined || value === '') throw usageError(command, `${rawName} needs its ${option.value}`);
  if (inlineValue === false && value.startsWith('-'))
    throw usageError(
      command,
      `it cannot be told whether ${value} is the ${option.value} of ${rawName} or an option`,
      `write ${rawName}=${value} if it is the ${option.value}`,
    );
}

function complete(options: Options, values: Readonly<Record<string, unknown>>): Values<Options> {
  const withDefaults = Object.entries(options).map(([name, option]) => {
    const otherwise = option.type === 'boolean' ? false : option.multiple === true ? [] : undefined;
    return [name, values[name] ?? otherwise];
  });
  return Object.fromEntries(withDefaults) as Values<Options>;
}
