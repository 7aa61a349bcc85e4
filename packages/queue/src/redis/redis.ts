import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';

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

/** A Redis that reads its file is asked this often whether it is done; its own estimate is not relied on. */
const loadingPollMs = 200;
/** So often at most a connection is replaced because the Redis behind it takes no writes. */
const readOnlyRetryMs = 2_000;

/**
 * For the ingress: every command answers or fails well within a second, whatever Redis does. Nothing is kept
 * to be sent later, since the homeserver has long been told 503 (invariant 1). A silent connection is replaced
 * soon: behind its address another Redis may answer by now.
 */
export function connectFailingFast(settings: RedisSettings): RedisClient {
  return connect(settings, {
    each: {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      commandTimeout: 700,
      connectTimeout: 2_000,
      socketTimeout: 2_000,
      retryStrategy: (attempt) => Math.min(50 * attempt, 500),
    },
    // Redirections are followed, but what a node cannot do now is not tried again later.
    cluster: {
      maxRedirections: 4,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      retryDelayOnTryAgain: 0,
      slotsRefreshInterval: 1_000,
    },
  });
}

/**
 * For workers: commands wait for Redis to come back, however long that takes. A connection that has gone
 * silent under a command is replaced (`socketTimeout` is longer than any command blocks).
 */
export function connectPatiently(settings: RedisSettings): RedisClient {
  return connect(settings, {
    each: {
      maxRetriesPerRequest: null,
      connectTimeout: 5_000,
      socketTimeout: 10_000,
      retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
    },
    cluster: {
      maxRedirections: Infinity,
      retryDelayOnMoved: 50,
      retryDelayOnFailover: 250,
      retryDelayOnClusterDown: 250,
      retryDelayOnTryAgain: 100,
      slotsRefreshInterval: 5_000, // besides after each error
    },
  });
}

interface Behaviour {
  readonly each: Pick<
    RedisOptions,
    | 'enableOfflineQueue'
    | 'maxRetriesPerRequest'
    | 'autoResendUnfulfilledCommands'
    | 'commandTimeout'
    | 'connectTimeout'
    | 'socketTimeout'
  > & { readonly retryStrategy: (attempt: number) => number };
  readonly cluster: Pick<
    ClusterOptions,
    | 'maxRedirections'
    | 'retryDelayOnMoved'
    | 'retryDelayOnFailover'
    | 'retryDelayOnClusterDown'
    | 'retryDelayOnTryAgain'
    | 'slotsRefreshInterval'
  >;
}

function connect(
  { server, tls, username, password }: RedisSettings,
  { each, cluster }: Behaviour,
): RedisClient {
  const node = {
    ...each,
    maxLoadingRetryTime: loadingPollMs,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
  };
  switch (server.kind) {
    case 'single':
      return new Redis({
        ...node,
        ...server.node,
        db: server.database,
        reconnectOnError: leaveReplica(),
      });
    case 'sentinel':
      return new Redis({
        ...node,
        sentinels: [...server.nodes],
        name: server.name,
        enableTLSForSentinelMode: tls,
        sentinelRetryStrategy: each.retryStrategy,
        sentinelReconnectStrategy: () => 1_000,
        sentinelCommandTimeout: 1_000,
        failoverDetector: true, // a primary that froze closes no connection when another takes over
        reconnectOnError: leaveReplica(),
      });
    case 'cluster': {
      const { enableOfflineQueue, retryStrategy, ...redisOptions } = node;
      return new Cluster([...server.nodes], {
        ...cluster,
        redisOptions,
        ...(enableOfflineQueue !== undefined && { enableOfflineQueue }),
        clusterRetryStrategy: retryStrategy,
        slotsRefreshTimeout: 1_000,
      });
    }
    default:
      return server satisfies never;
  }
}

/**
 * A primary that was made a replica keeps its connections, and so does the way to it when an address or a name
 * moves to the new primary: a connection that is told READONLY is made anew.
 */
function leaveReplica(): (error: Error) => boolean {
  let lastAt = performance.now(); // who has just connected would find the same again
  return ({ message }) => {
    if (!message.startsWith('READONLY') || performance.now() - lastAt < readOnlyRetryMs) return false;
    lastAt = performance.now();
    return true;
  };
}
