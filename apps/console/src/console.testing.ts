import { createLifecycle, createLog } from '@carillon/runtime';
import type { PasswordEntry } from './access/password.ts';
import {
  sendEnds,
  type AppNow,
  type Change,
  type ConsoleSource,
  type Flow,
  type Now,
  type PushQuestion,
} from './source.ts';
import { startConsole, type ConsoleOptions } from './start-console.ts';

/** A console whose source the test decides on. */
export interface TestConsole extends AsyncDisposable {
  readonly url: string;
  /** What it shows from its next reading on. */
  show(now: Partial<Now>): void;
  readonly asked: PushQuestion[];
  readonly changed: (Change & { readonly by: string })[];
  readonly logged: Record<string, unknown>[];
}

export interface TestConsoleOptions {
  readonly settings?: Partial<ConsoleOptions['settings']>;
  readonly users?: ReadonlyMap<string, PasswordEntry>;
  readonly changes?: boolean;
  readonly source?: Partial<ConsoleSource>;
  /** What it shows from the start. */
  readonly now?: Partial<Now>;
}

export async function startTestConsole({
  settings,
  users,
  changes = false,
  source,
  now: shown = {},
}: TestConsoleOptions = {}): Promise<TestConsole> {
  const logged: Record<string, unknown>[] = [];
  const { log } = createLog({
    destination: { write: (line) => logged.push(JSON.parse(line) as Record<string, unknown>) },
    pretty: false,
  });
  const lifecycle = createLifecycle({ log, graceMs: 5_000 });
  const asked: PushQuestion[] = [];
  const changed: (Change & { readonly by: string })[] = [];
  let current = shown;
  const address = await startConsole({
    settings: {
      listen: { host: '127.0.0.1', port: 0 },
      hosts: [],
      trustProxy: [],
      userHeader: 'X-Forwarded-User',
      ...settings,
    },
    ...(users !== undefined && { users }),
    source: {
      now: () => Promise.resolve({ ...nothing, at: Date.now(), ...current }),
      push(question) {
        asked.push(question);
        return Promise.resolve({ ways: [], notes: [] });
      },
      deadLetters: () => Promise.resolve([]),
      credentials: () => Promise.resolve([]),
      callers: () => Promise.resolve([]),
      change(change, by) {
        changed.push({ ...change, by });
        return Promise.resolve({ good: true, lines: ['It is done.'] });
      },
      ...source,
    },
    changes,
    lifecycle,
    log,
    everyMs: 50,
  });
  return {
    url: `http://127.0.0.1:${address.port}`,
    show: (now) => (current = now),
    asked,
    changed,
    logged,
    [Symbol.asyncDispose]: () => lifecycle[Symbol.asyncDispose](),
  };
}

export const quietFlow: Flow = {
  arrives: 0,
  sends: Object.fromEntries(sendEnds.map((end) => [end, 0])) as Flow['sends'],
  p50: undefined,
  p99: undefined,
  waiting: 0,
  oldest: undefined,
};

const nothing: Now = {
  at: 0,
  apps: [],
  total: quietFlow,
  processes: [],
  workers: [],
  redis: [],
  troubles: [],
};

/** An app that is well. */
export function testApp(name: string, overrides: Partial<AppNow> = {}): AppNow {
  const idle = { waiting: 0, delayed: 0, inFlight: 0, workers: 2, oldest: undefined };
  return {
    name,
    type: 'apns',
    state: 'ok',
    notes: [],
    lanes: (['calls', 'high', 'low'] as const).map((lane) => ({ lane, ...idle })),
    flow: quietFlow,
    suspects: 0,
    deadLetters: 0,
    stopped: false,
    ...overrides,
  };
}
