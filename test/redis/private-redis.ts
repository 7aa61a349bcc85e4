import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectPatiently, type RedisClient, type RedisSettings } from '@carillon/queue';
import { freePort, localRedis, startServer, type PrivateServer } from './private-server.ts';

/** A redis-server of one's own in a temporary folder. Needs `redis-server`. */
export interface PrivateRedis extends PrivateServer, AsyncDisposable {
  /** For a configuration file. */
  readonly url: string;
  readonly settings: RedisSettings;
  readonly port: number;
  /** A client for the test itself, which ends with the server. That the server is away is no error to it. */
  connect(): RedisClient;
  /** The same port and data, after `kill`. */
  restart(options?: RestartOptions): Promise<void>;
  stop(): Promise<void>;
}

export interface PrivateRedisOptions {
  /** `always` survives the crash of a host, `everysec` that of a process. */
  readonly appendfsync?: 'always' | 'everysec';
  /** Further settings as on redis-server's command line, such as `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[];
}

export interface RestartOptions {
  /** Settings for this time besides those of the start. */
  readonly args?: readonly string[];
  /** Whether to wait until it has read its data. Default: yes. */
  readonly loaded?: boolean;
}

export async function startPrivateRedis(options: PrivateRedisOptions = {}): Promise<PrivateRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-redis-'));
  const port = await freePort();
  const args = [
    ...settingsOf({ port: String(port), dir: folder, appendfsync: options.appendfsync ?? 'everysec' }),
    ...(options.args ?? []),
  ];
  let server = await startServer({ args, port });
  const settings = localRedis(port);
  const clients: RedisClient[] = [];

  async function stop(): Promise<void> {
    for (const client of clients) client.disconnect();
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    settings,
    port,
    connect() {
      const client = connectPatiently(settings);
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
    get pid() {
      return server.pid;
    },
    kill: () => server.kill(),
    async restart({ args: more = [], loaded = true } = {}) {
      server = await startServer({ args: [...args, ...more], port, loaded });
    },
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function settingsOf(own: Readonly<Record<string, string>>): string[] {
  const settings = {
    bind: '127.0.0.1',
    save: '',
    appendonly: 'yes',
    'maxmemory-policy': 'noeviction',
    ...own,
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}
