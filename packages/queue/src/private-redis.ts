import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { RedisSettings } from './redis.ts';

/** A redis-server of one's own in a temporary folder: for the demo and for tests. Needs `redis-server`. */
export interface PrivateRedis extends AsyncDisposable {
  /** For a configuration file. */
  readonly url: string;
  readonly settings: RedisSettings;
  readonly port: number;
  readonly pid: number;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** The same port and data, after `kill`. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT: alive, but answers nothing. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

export interface PrivateRedisOptions {
  /** `always` survives the crash of a host, `everysec` that of a process. */
  readonly appendfsync?: 'always' | 'everysec';
  /** Further settings as on redis-server's command line, such as `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[];
}

export async function startPrivateRedis(options: PrivateRedisOptions = {}): Promise<PrivateRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-redis-'));
  const port = await freePort();
  const args = [
    ...settingsOf({ port: String(port), dir: folder, appendfsync: options.appendfsync ?? 'everysec' }),
    ...(options.args ?? []),
  ];
  let server = await startServer(args, port);

  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  async function stop(): Promise<void> {
    await kill();
    await rm(folder, { recursive: true, force: true });
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    settings: localRedis(port),
    port,
    get pid() {
      return server.pid ?? 0;
    },
    kill,
    async restart() {
      server = await startServer(args, port);
    },
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

export function localRedis(port: number): RedisSettings {
  return { server: { kind: 'single', node: { host: '127.0.0.1', port }, database: 0 }, tls: false };
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

async function startServer(args: readonly string[], port: number): Promise<ChildProcess> {
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  const failed = new Promise<never>((_, reject) => {
    server.once('error', (error) => reject(new Error('redis-server could not be started', { cause: error })));
    server.once('exit', (code) => reject(new Error(`redis-server ended at once with ${code}`)));
  });
  failed.catch(() => undefined); // also when it ends much later
  await Promise.race([answers(port), failed]);
  return server;
}

/** Connects until Redis has loaded its data and answers. */
async function answers(port: number): Promise<void> {
  const client = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: null, retryStrategy: () => 20 });
  client.on('error', () => undefined); // not up yet
  await client.ping();
  client.disconnect();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  server.close();
  await once(server, 'close');
  return port;
}
