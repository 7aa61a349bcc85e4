import { readPasswordFile, startConsole, type PasswordEntry } from '@carillon/console';
import { readSettingFile, type ProviderModule } from '@carillon/core';
import {
  createLifecycle,
  hostPortText,
  loadConfig,
  OperatorError,
  type Config,
  type Exit,
  type LogControl,
  type StopRequest,
} from '@carillon/runtime';
import { readCallers } from '../top/callers.ts';
import { configuredPages } from '../top/ops-pages.ts';
import { openConsoleRedis } from './console-redis.ts';
import { makeChange } from './make-change.ts';
import { readCredentials } from './read-credentials.ts';
import { readDeadLetters } from './read-dead-letters.ts';
import { createNowReader } from './read-now.ts';
import { readPush } from './read-push.ts';

export interface ServeConsoleOptions {
  readonly configPath: string;
  /** Private listeners of the processes; none for those of the configuration. */
  readonly ops: readonly URL[];
  readonly changes: boolean;
  readonly providers: readonly ProviderModule[];
  readonly logControl: LogControl;
  readonly stop: StopRequest;
}

const graceMs = 5_000;

/** Runs the console until the process is asked to stop. */
export async function serveConsole(options: ServeConsoleOptions): Promise<Exit> {
  const { configPath, changes, providers, logControl, stop } = options;
  const config = loadConfig({ path: configPath, appTypes: providers });
  const { log, setLevel } = logControl;
  setLevel(config.log.level);
  const users = usersOf(config.console);
  await using lifecycle = createLifecycle({ log, graceMs, signal: stop.signal });
  const opened = await openConsoleRedis(config, lifecycle, log);
  const ops = options.ops.length > 0 ? options.ops : configuredPages(config);
  const address = await startConsole({
    settings: config.console,
    ...(users !== undefined && { users }),
    source: {
      now: createNowReader(config, opened, ops),
      push: (question) => readPush(config, providers, opened, question),
      deadLetters: () => readDeadLetters(config, opened),
      callers: () => readCallers(ops),
      credentials: () => readCredentials(config, providers),
      change: (change, by) => makeChange(config, providers, opened, change, by),
    },
    changes,
    lifecycle,
    log,
  });
  log.info({ listen: hostPortText(address), changes }, 'console listens');
  await stop.requested;
  return 'ok';
}

function usersOf({ passwordFile: path }: Config['console']): ReadonlyMap<string, PasswordEntry> | undefined {
  if (path === undefined) return undefined;
  const wrong = (what: string): OperatorError =>
    new OperatorError(`The file of console.password_file (${path}) ${what}`, {
      cure: 'write a line for each user with `carillon console --hash USER`',
      exit: 'configuration',
    });
  const file = readSettingFile(path);
  if (!file.ok) throw wrong(file.reason);
  const users = readPasswordFile(file.content.toString());
  if (typeof users === 'number')
    throw wrong(`has a line ${users} that names no user and password, or a user twice`);
  if (users.size === 0) throw wrong('names nobody');
  return users;
}
