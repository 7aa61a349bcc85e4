import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { lanes, type Lane } from '@carillon/core';
import { OperatorError } from '@carillon/runtime';

/** What the operator asked for. */
export type Command =
  | { readonly name: 'ingress' | 'start'; readonly configPath: string }
  | { readonly name: 'check'; readonly configPath: string; readonly offline: boolean }
  | {
      readonly name: 'worker';
      readonly configPath: string;
      readonly apps: readonly string[];
      readonly types: readonly string[];
      readonly lanes: readonly Lane[];
    }
  | { readonly name: 'demo'; readonly once: boolean }
  | { readonly name: 'help' }
  | { readonly name: 'version' };

const config = { config: { type: 'string', short: 'c' } } as const satisfies ParseArgsOptionsConfig;
const choice = {
  app: { type: 'string', multiple: true },
  type: { type: 'string', multiple: true },
  lane: { type: 'string', multiple: true },
} as const satisfies ParseArgsOptionsConfig;

const commands = ['ingress', 'worker', 'start', 'demo', 'check'] as const;

/**
 * Reads the command line; `--config` wins over `CARILLON_CONFIG` over `carillon.yaml`. Throws an
 * `OperatorError` that says what is wrong with it.
 */
export function parseCommandLine(args: readonly string[], environment: NodeJS.ProcessEnv): Command {
  if (args.includes('--help') || args.includes('-h') || args[0] === 'help') return { name: 'help' };
  if (args.includes('--version') || args.includes('-v')) return { name: 'version' };
  const [given, ...rest] = args;
  const configPath = environment['CARILLON_CONFIG'] ?? 'carillon.yaml';
  const name = commands.find((command) => command === given);
  switch (name) {
    case 'ingress':
    case 'start':
      return { name, configPath: options(name, rest, config).config ?? configPath };
    case 'check': {
      const values = options(name, rest, { ...config, offline: { type: 'boolean' } });
      return { name, configPath: values.config ?? configPath, offline: values.offline ?? false };
    }
    case 'worker': {
      const values = options(name, rest, { ...config, ...choice });
      return {
        name,
        configPath: values.config ?? configPath,
        apps: values.app ?? [],
        types: values.type ?? [],
        lanes: (values.lane ?? []).map(laneNamed),
      };
    }
    case 'demo':
      return { name, once: options(name, rest, { once: { type: 'boolean' } }).once ?? false };
    case undefined:
      throw usage(given === undefined ? 'A command is missing' : `There is no command ${given}`);
    default:
      return name satisfies never;
  }
}

function options<const Options extends ParseArgsOptionsConfig>(
  command: string,
  args: readonly string[],
  allowed: Options,
) {
  try {
    return parseArgs({ args: [...args], options: allowed, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // The message of `parseArgs` names the option; its advice about `--` helps nobody here.
    const [message = ''] = (error instanceof Error ? error.message : '').split('. ');
    throw usage(`carillon ${command}: ${message.replace(/\.$/, '')}`);
  }
}

function laneNamed(name: string): Lane {
  const lane = lanes.find((known) => known === name);
  if (lane === undefined) throw usage(`--lane ${name} is not one of ${lanes.join(', ')}`);
  return lane;
}

function usage(message: string): OperatorError {
  return new OperatorError(message, {
    cure: '`carillon --help` lists the commands and options',
    exit: 'usage',
  });
}
