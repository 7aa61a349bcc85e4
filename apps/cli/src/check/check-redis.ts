import { connectFailingFast, readFacts, type RedisClient, type RedisSettings } from '@carillon/queue';
import type { Finding } from './finding.ts';
import { judgeRedis, type RedisReading } from './judge-redis.ts';

const connectPatienceMs = 5_000;
const pings = 5;

/** Connects as an ingress does, and looks at each Redis that holds queues: version, memory, persistence, writing. */
export async function checkRedis(settings: RedisSettings, keyPrefix: string): Promise<readonly Finding[]> {
  const redis = connectFailingFast(settings);
  try {
    await connected(redis, settings);
    const nodes = 'nodes' in redis ? redis.nodes('master') : [redis];
    const readings = await Promise.all(nodes.map((node) => readNode(node)));
    await writeSomething(redis, keyPrefix);
    return readings.flatMap(judgeRedis);
  } catch (error) {
    return [unusableRedis(error, settings)];
  } finally {
    redis.disconnect();
  }
}

/** One Redis fails with its first error. Of several, some may be down, so the others are waited for. */
export async function connected(redis: RedisClient, { server }: RedisSettings): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let last: unknown = new Error('no answer');
  redis.on('ready', () => resolve());
  redis.on('error', (error: Error & { readonly lastNodeError?: Error }) => {
    last = error.lastNodeError ?? error;
    if (server.kind === 'single') reject(error);
  });
  const timer = setTimeout(() => reject(last as Error), connectPatienceMs);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

type RedisNode = Exclude<RedisClient, { nodes: unknown }>;

async function readNode(node: RedisNode): Promise<RedisReading> {
  const { host = '', port = 0 } = node.options;
  const facts = await readFacts(node);
  const times: number[] = [];
  for (let count = 0; count < pings; count += 1) {
    const startedAt = performance.now();
    await node.ping();
    times.push(performance.now() - startedAt);
  }
  return {
    name: `redis ${host}:${port}`,
    ...facts,
    pingMs: times.toSorted((a, b) => a - b)[pings >> 1] ?? 0,
  };
}

/** A replica, a full memory or a user without rights can be connected to and read, but takes no queue. */
async function writeSomething(redis: RedisClient, keyPrefix: string): Promise<void> {
  await redis.set(`${keyPrefix}:check`, '1', 'PX', 1_000);
}

/** What keeps Redis from being used, with its cure. */
export type RedisTrouble = Extract<Finding, { readonly kind: 'bad' }> & { readonly cure: string };

/** Redis begins its errors with a word of its own; sockets have a code. Neither quotes the password. */
export function unusableRedis(error: unknown, { server }: RedisSettings): RedisTrouble {
  const { message, code } = error as Error & { readonly code?: string };
  const detail = message === '' ? (code ?? 'no answer') : message;
  const what =
    server.kind === 'single' ? `redis ${server.node.host}:${server.node.port}` : `redis (${server.kind})`;
  const [word = ''] = detail.split(' ');
  const cure = cures[word];
  if (cure !== undefined) return { kind: 'bad', what, detail, ...cure };
  return {
    kind: 'bad',
    what,
    detail,
    cure: 'start Redis, open the way to it, or correct the address under `redis`',
    exit: 'unavailable',
  };
}

const login = { cure: 'correct `redis.username` and `redis.password_file`', exit: 'configuration' } as const;
const cures: Readonly<
  Record<string, { readonly cure: string; readonly exit: 'configuration' | 'unavailable' }>
> = {
  NOAUTH: login,
  WRONGPASS: login,
  NOPERM: {
    cure: 'give the user all commands on the keys that begin with `redis.key_prefix`',
    exit: 'configuration',
  },
  READONLY: { cure: 'name the primary, not a replica, under `redis`', exit: 'configuration' },
  OOM: { cure: 'give Redis more memory (`maxmemory`)', exit: 'unavailable' },
  MISCONF: { cure: 'see the log of Redis: it cannot save to its disk', exit: 'unavailable' },
};
