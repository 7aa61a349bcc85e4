import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Redis } from 'ioredis';

/** A running process of `redis-server`, as a Redis or as a Sentinel. */
export interface PrivateServer {
  readonly pid: number;
  /** SIGKILL, as a crash would; nothing if it has ended already. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT: alive, but answers nothing. */
  freeze(): void;
  thaw(): void;
}

export interface ServerOptions {
  readonly args: readonly string[];
  readonly port: number;
  /** Whether to wait until it has read its data, or only until it takes connections. Default: yes. */
  readonly loaded?: boolean;
}

/** Resolves when it answers. Needs `redis-server`. */
export async function startServer({ args, port, loaded = true }: ServerOptions): Promise<PrivateServer> {
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  const failed = new Promise<never>((_, reject) => {
    server.once('error', (error) => reject(new Error('redis-server could not be started', { cause: error })));
    server.once('exit', (code) => reject(new Error(`redis-server ended at once with ${code}`)));
  });
  failed.catch(() => undefined); // also when it ends much later
  await Promise.race([answers(port, loaded), failed]);

  return {
    pid: server.pid ?? 0,
    kill: () => killed(server),
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
  };
}

async function killed(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}

/** Connects until Redis answers, be it only that it loads its data. */
async function answers(port: number, loaded: boolean): Promise<void> {
  const client = new Redis({
    port,
    host: '127.0.0.1',
    enableReadyCheck: loaded,
    maxLoadingRetryTime: 50,
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
  });
  client.on('error', () => undefined); // not up yet
  await client.ping().catch((error: unknown) => {
    if (loaded || !(error as Error).message.startsWith('LOADING')) throw error;
  });
  client.disconnect();
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  server.close();
  await once(server, 'close');
  return port;
}
