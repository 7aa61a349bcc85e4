import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** Where Redis is; exactly one of `url`, `cluster` and `sentinel`. */
export interface RedisSettings {
  readonly url?: string;
  readonly cluster?: readonly string[];
  readonly sentinel?: { readonly name: string; readonly nodes: readonly string[] };
  readonly username?: string;
  readonly password?: string;
}

export type RedisClient = Redis | Cluster;

/**
 * For the ingress: every command answers or fails within half a second, whatever Redis does. Nothing is kept
 * to be sent later, since the homeserver has long been told 503 (invariant 1).
 */
export function connectFailingFast(settings: RedisSettings): RedisClient {
  return connect(settings, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: 500,
    connectTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(50 * attempt, 500),
  });
}

/**
 * For workers: commands wait for Redis to come back, however long that takes. A connection that has gone
 * silent under a command is replaced (`socketTimeout` is longer than any command blocks).
 */
export function connectPatiently(settings: RedisSettings): RedisClient {
  return connect(settings, {
    maxRetriesPerRequest: null,
    connectTimeout: 5_000,
    socketTimeout: 30_000,
    retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
  });
}

type Behaviour = Pick<
  RedisOptions,
  | 'enableOfflineQueue'
  | 'maxRetriesPerRequest'
  | 'autoResendUnfulfilledCommands'
  | 'commandTimeout'
  | 'connectTimeout'
  | 'socketTimeout'
> & { readonly retryStrategy: (attempt: number) => number };

function connect(settings: RedisSettings, options: Behaviour): RedisClient {
  const { url, cluster, sentinel, username, password } = settings;
  const login = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
  if (cluster !== undefined) {
    const { enableOfflineQueue, retryStrategy, ...nodeOptions } = options;
    const tls = cluster.some((node) => node.startsWith('rediss:')) ? { tls: {} } : {};
    return new Cluster([...cluster], {
      redisOptions: { ...nodeOptions, ...login, ...tls },
      ...(enableOfflineQueue !== undefined && { enableOfflineQueue }),
      clusterRetryStrategy: retryStrategy,
      slotsRefreshTimeout: 2_000,
    });
  }
  if (sentinel !== undefined) {
    const sentinels = sentinel.nodes.map(hostAndPort);
    return new Redis({ ...options, ...login, sentinels, name: sentinel.name });
  }
  return new Redis(url ?? 'redis://127.0.0.1:6379', { ...options, ...login });
}

function hostAndPort(node: string): { host: string; port: number } {
  const { hostname, port } = new URL(node.includes('://') ? node : `redis://${node}`);
  return { host: hostname, port: port === '' ? 26_379 : Number(port) };
}
