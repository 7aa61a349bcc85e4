import type { ParseArgsOptionsConfig } from 'node:util';
import { duration, lanes, type Lane } from '@carillon/core';
import { parseApps, type AppsCommand } from '../apps/apps-command.ts';
import { parseDead, type DeadCommand } from '../dead/dead-command.ts';
import { oneOf, options, usage } from './options.ts';
import { sendKinds, type TestPush } from '../send/test-notify.ts';
import { parseTop, type TopCommand } from '../top/top-command.ts';
import { parseTrace, type TraceCommand } from '../trace/trace-command.ts';

/** What the operator asked for. */
export type Command =
  | { readonly name: 'ingress' | 'start'; readonly configPath: string }
  | {
      readonly name: 'check';
      readonly configPath: string;
      readonly offline: boolean;
      readonly json: boolean;
    }
  | {
      readonly name: 'worker';
      readonly configPath: string;
      readonly apps: readonly string[];
      readonly types: readonly string[];
      readonly lanes: readonly Lane[];
    }
  | ({ readonly name: 'send'; readonly configPath: string; readonly timeoutMs: number } & TestPush)
  | AppsCommand
  | DeadCommand
  | TopCommand
  | TraceCommand
  | { readonly name: 'help' }
  | { readonly name: 'version' };

const config = { config: { type: 'string', short: 'c' } } as const satisfies ParseArgsOptionsConfig;
const choice = {
  app: { type: 'string', multiple: true },
  type: { type: 'string', multiple: true },
  lane: { type: 'string', multiple: true },
} as const satisfies ParseArgsOptionsConfig;
const push = {
  app: { type: 'string' },
  pushkey: { type: 'string' },
  kind: { type: 'string' },
  data: { type: 'string' },
  timeout: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

const commands = ['ingress', 'worker', 'start', 'send', 'apps', 'dead', 'top', 'trace', 'check'] as const;

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
      const values = options(name, rest, {
        ...config,
        offline: { type: 'boolean' },
        json: { type: 'boolean' },
      });
      return {
        name,
        configPath: values.config ?? configPath,
        offline: values.offline ?? false,
        json: values.json ?? false,
      };
    }
    case 'worker': {
      const values = options(name, rest, { ...config, ...choice });
      return {
        name,
        configPath: values.config ?? configPath,
        apps: values.app ?? [],
        types: values.type ?? [],
        lanes: (values.lane ?? []).map((lane) => oneOf('--lane', lanes, lane)),
      };
    }
    case 'send': {
      const values = options(name, rest, { ...config, ...push });
      return {
        name,
        configPath: values.config ?? configPath,
        appId: needed('app', values.app),
        pushkey: needed('pushkey', values.pushkey),
        kind: oneOf('--kind', sendKinds, values.kind ?? 'message'),
        data: objectOf('data', values.data ?? '{}'),
        timeoutMs: durationOf('timeout', values.timeout ?? '15s'),
      };
    }
    case 'apps':
      return parseApps(rest, configPath);
    case 'dead':
      return parseDead(rest, configPath);
    case 'top':
      return parseTop(rest, configPath);
    case 'trace':
      return parseTrace(rest, configPath);
    case undefined:
      throw usage(given === undefined ? 'A command is missing' : `There is no command ${given}`);
    default:
      return name satisfies never;
  }
}

function needed(option: string, value: string | undefined): string {
  if (value === undefined || value === '') throw usage(`carillon send: --${option} is missing`);
  return value;
}

/** The value is not quoted: a pusher's data may hold its keys. */
function objectOf(option: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw usage(`--${option} is not JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usage(`--${option} is not a JSON object`);
  return value as Readonly<Record<string, unknown>>;
}

function durationOf(option: string, text: string): number {
  const parsed = duration({ atLeast: '1s', atMost: '1h' }).safeParse(text);
  if (!parsed.success) throw usage(`--${option} ${text} ${parsed.error.issues[0]?.message ?? 'is wrong'}`);
  return parsed.data;
}
