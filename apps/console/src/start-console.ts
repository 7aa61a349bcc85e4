import { createServer } from 'node:http';
import {
  createAddressRanges,
  createHostCheck,
  listen,
  OperatorError,
  type Config,
  type HostPort,
  type Lifecycle,
  type Log,
} from '@carillon/runtime';
import { createFormGuard } from './access/form-guard.ts';
import { createLoginDesk } from './access/login-desk.ts';
import type { PasswordEntry } from './access/password.ts';
import { createSessions } from './access/sessions.ts';
import type { Doors } from './access/visitor.ts';
import { createHandle } from './handle.ts';
import { startWatch } from './live/watch.ts';
import { createRoutes } from './routes.ts';
import type { ConsoleSource } from './source.ts';
import { createEventStreams } from './web/event-stream.ts';
import { loadFiles } from './web/files.ts';
import { sendReply } from './web/reply.ts';

export interface ConsoleOptions {
  readonly settings: Config['console'];
  /** Those of the password file; absent where there is none. */
  readonly users?: ReadonlyMap<string, PasswordEntry>;
  readonly source: ConsoleSource;
  /** Whether pages offer changes. */
  readonly changes: boolean;
  readonly lifecycle: Lifecycle;
  readonly log: Log;
  /** Between two readings while somebody watches. */
  readonly everyMs?: number;
}

/** A reading costs Redis up to eight commands for each queue, and four for each app. */
const usualEveryMs = 2_000;

/** For a whole request. Node looks every 30 s by itself, so long would slow connections keep others out. */
const patience = { requestTimeout: 10_000, connectionsCheckingInterval: 1_000 } as const;

/**
 * Starts the console; the lifecycle stops it. Throws an `OperatorError` when it cannot listen, and when it would
 * answer everybody elsewhere than on this machine.
 */
export async function startConsole(options: ConsoleOptions): Promise<HostPort> {
  const { settings, users, source, changes, lifecycle, log, everyMs = usualEveryMs } = options;
  const { listen: at, hosts, trustProxy, userHeader } = settings;
  const hasLogin = users !== undefined || trustProxy.length > 0;
  if (!hasLogin && !isLoopback(at.host))
    throw new OperatorError(
      'console.listen is no address of this machine alone, and nobody would have to sign in',
      {
        cure: 'set console.password_file or console.trust_proxy, or listen on 127.0.0.1',
        exit: 'configuration',
      },
    );

  const watch = await lifecycle.start(
    'watch',
    () => startWatch({ source, everyMs }),
    (started) => started.close(),
  );
  const streams = createEventStreams();
  const doors: Doors = {
    cookie: `carillon-console-${at.port}`,
    ...(users !== undefined && { sessions: createSessions() }),
    ...(trustProxy.length > 0 && {
      proxy: { from: createAddressRanges(trustProxy), header: userHeader.toLowerCase() },
    }),
  };
  const handle = createHandle({
    doors,
    guard: createFormGuard(),
    ...(users !== undefined && { desk: createLoginDesk({ users }) }),
    isHostAllowed: createHostCheck(hosts),
    routes: createRoutes({
      source,
      watch,
      streams,
      changes,
      logChange: (fields, message) => log.info(fields, message),
    }),
    files: loadFiles(),
    changes,
    log,
  });
  const server = createServer(patience, (request, response) => {
    // `handle` never rejects.
    void handle(request, response).then((reply) => reply && sendReply(response, reply));
  });
  server.maxConnections = 256;
  const address = await lifecycle.start(
    'http listener',
    () => listen(server, 'console.listen', at),
    async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      streams.endAll();
      server.closeAllConnections();
      await promise;
    },
  );
  return address;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
