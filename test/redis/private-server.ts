import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connectPatiently, type RedisSettings } from '@carillon/queue';

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

const pollMs = 20;

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

export function localRedis(port: number): RedisSettings {
  return { server: { kind: 'single', node: { host: '127.0.0.1', port }, database: 0 }, tls: false };
}

async function killed(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}

/** Resolves when Redis takes connections, or when it answers, which is when it has read its data. */
async function answers(port: number, loaded: boolean): Promise<void> {
  while (!(await takesConnections(port))) await delay(pollMs);
  if (!loaded) return;
  const client = connectPatiently(localRedis(port));
  await client.ping();
  client.disconnect();
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false; // not up yet
  } finally {
    socket.destroy();
  }
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
