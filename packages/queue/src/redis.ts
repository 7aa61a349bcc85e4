import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** Where Redis is, and as whom to log in. */
export interface RedisSettings {
  readonly server: RedisServer;
  /** For every connection, those to sentinels included. */
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
}

export type RedisServer =
  | { readonly kind: 'single'; readonly node: HostPort; readonly database: number }
  | { readonly kind: 'cluster'; readonly nodes: readonly HostPort[] }
  | { readonly kind: 'sentinel'; readonly name: string; readonly nodes: readonly HostPort[] };

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export type RedisClient = Redis | Cluster;

/**
 * For the ingress: every command answers or fails within a second, whatever Redis does. Nothing is kept
 * to be sent later, since the homeserver has long been told 503 (invariant 1).
 */
export function connectFailingFast(settings: RedisSettings): RedisClient {
  return connect(settings, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: 900,
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

function connect({ server, tls, username, password }: RedisSettings, behaviour: Behaviour): RedisClient {
  const node = {
    ...behaviour,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
  };
  switch (server.kind) {
    case 'single':
      return new Redis({ ...node, ...server.node, db: server.database });
    case 'sentinel':
      return new Redis({
        ...node,
        sentinels: [...server.nodes],
        name: server.name,
        enableTLSForSentinelMode: tls,
        sentinelRetryStrategy: behaviour.retryStrategy,
      });
    case 'cluster': {
      const { enableOfflineQueue, retryStrategy, ...redisOptions } = node;
      return new Cluster([...server.nodes], {
        redisOptions,
        ...(enableOfflineQueue !== undefined && { enableOfflineQueue }),
        clusterRetryStrategy: retryStrategy,
        slotsRefreshTimeout: 2_000,
      });
    }
    default:
      return server satisfies never;
  }
}
