import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectPatiently, type RedisSettings } from '@carillon/queue';
import { startPrivateRedis, type PrivateRedis, type PrivateRedisOptions } from './private-redis.ts';
import { freePort, localRedis, startServer, type PrivateServer } from './private-server.ts';

/** A primary with replicas and three sentinels that watch over them, all of one's own. */
export interface PrivateSentinel extends AsyncDisposable {
  readonly settings: RedisSettings;
  /** What the sentinels call the primary, and where they are: for a configuration file. */
  readonly name: string;
  readonly urls: readonly string[];
  /** The first is the primary until a failover. */
  readonly redises: readonly PrivateRedis[];
  /** The port of the primary, as the sentinels have it now. */
  primaryPort(): Promise<number>;
}

const name = 'carillon';
const sentinelCount = 3;
/** A primary that answers nothing for this long is replaced. */
const downAfterMs = 1_000;
const pollMs = 100;

export async function startPrivateSentinel(
  replicas: number,
  { args = [], ...options }: PrivateRedisOptions = {},
): Promise<PrivateSentinel> {
  const primary = await startPrivateRedis({ ...options, args: ['--repl-diskless-sync-delay', '0', ...args] });
  const followers = await Promise.all(
    Array.from({ length: replicas }, () =>
      startPrivateRedis({
        ...options,
        args: ['--repl-diskless-sync-delay', '0', '--replicaof', '127.0.0.1', String(primary.port), ...args],
      }),
    ),
  );
  const folder = await mkdtemp(join(tmpdir(), 'carillon-sentinel-'));
  const sentinels = await Promise.all(
    Array.from({ length: sentinelCount }, () => startSentinel(folder, primary.port)),
  );
  await Promise.all(sentinels.map(({ port }) => knowsAll(port, replicas)));
  const redises = [primary, ...followers];

  return {
    settings: {
      server: { kind: 'sentinel', name, nodes: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })) },
      tls: false,
    },
    name,
    urls: sentinels.map(({ port }) => `redis://127.0.0.1:${port}`),
    redises,
    async primaryPort() {
      const [first] = sentinels;
      const facts = await askSentinel(first?.port ?? 0);
      return Number(facts.get('port'));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(sentinels.map(({ server }) => server.kill()));
      await Promise.all(redises.map((redis) => redis.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Sentinel {
  readonly port: number;
  readonly server: PrivateServer;
}

async function startSentinel(folder: string, primaryPort: number): Promise<Sentinel> {
  const port = await freePort();
  const path = join(folder, `sentinel-${port}.conf`);
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${primaryPort} ${Math.ceil((sentinelCount + 1) / 2)}`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    `sentinel failover-timeout ${name} 5000`,
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
  return { port, server: await startServer({ args: [path, '--sentinel'], port }) };
}

/** Resolves when a sentinel has found the replicas and the other sentinels: before that there is no failover. */
async function knowsAll(port: number, replicas: number): Promise<void> {
  let facts: ReadonlyMap<string, string> = new Map();
  while (
    Number(facts.get('num-slaves')) !== replicas ||
    Number(facts.get('num-other-sentinels')) !== sentinelCount - 1
  ) {
    await delay(pollMs);
    facts = await askSentinel(port);
  }
}

/** What a sentinel knows of the primary, by the names that Redis gives it. */
async function askSentinel(port: number): Promise<ReadonlyMap<string, string>> {
  const client = connectPatiently(localRedis(port));
  const reply = await client.call('SENTINEL', 'MASTER', name);
  client.disconnect();
  const facts = Array.isArray(reply)
    ? reply.map(String)
    : Object.entries(reply as object)
        .flat()
        .map(String);
  return new Map(facts.flatMap((word, index) => (index % 2 === 0 ? [[word, facts[index + 1] ?? '']] : [])));
}
