import type { AddressInfo } from 'node:net';
import { createAppMatcher, type ProviderModule } from '@carillon/core';
import {
  connectFailingFast,
  connectPatiently,
  createAdmissionDesk,
  createReplyDesk,
  readFitness,
  type RedisSettings,
} from '@carillon/queue';
import {
  createReadiness,
  createTroubleLog,
  listenError,
  noApp,
  startOps,
  withWarnings,
  type Config,
  type HostPort,
  type Lifecycle,
  type Log,
  type Metrics,
} from '@carillon/runtime';
import type { FastifyInstance } from 'fastify';
import { createHttpApp } from './http-app.ts';
import { createIntake, type IntakeApp } from './intake.ts';
import { watchRedis } from './watch-redis.ts';

export interface IngressOptions {
  readonly config: Config;
  readonly providers: readonly ProviderModule[];
  readonly redis: RedisSettings;
  readonly lifecycle: Lifecycle;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface StartedIngress {
  readonly address: HostPort;
  readonly opsAddress: HostPort;
}

/** Their series are there from the start, so that rates are right from the first device on. */
const resultsOfApps = [
  'queued',
  'duplicate',
  'rejected',
  'replaced',
  'shed',
  'backlog_full',
  'unusable',
] as const;

/** Requests that come this close together share a round trip to Redis (docs/performance.md). */
const gatherMs = 4;

/**
 * Starts the front door; the lifecycle stops it. In the order of stopping: not ready, no new connections and
 * the last answers, Redis, and the ops listener last, so that the end can be watched.
 */
export async function startIngress(options: IngressOptions): Promise<StartedIngress> {
  const { config, lifecycle, log, metrics } = options;
  const { ingress } = config;
  const readiness = createReadiness('redis');
  const ops = await lifecycle.start(
    'ops listener',
    () => startOps({ listen: ingress.opsListen, setting: 'ingress.ops_listen', metrics, readiness, log }),
    (listener) => listener.close(),
  );

  const trouble = createTroubleLog(log, 'redis');
  const redis = connectFailingFast(options.redis);
  redis.on('error', (error: Error) => trouble.report(error));
  const roundTrip = (seconds: number): void => metrics.redisCommandDuration().observe(seconds);
  const readRedis = metrics.readRedisWith(withWarnings(() => readFitness(redis), log));
  redis.on('ready', () => void readRedis()); // never rejects
  lifecycle.add('redis', () => redis.disconnect());
  lifecycle.add(
    'redis watch',
    watchRedis(redis, config.redis.keyPrefix, {
      usable: () => {
        trouble.over();
        readiness.have('redis');
      },
      partlyUsable: (error) => {
        trouble.report(error);
        readiness.have('redis');
      },
      unusable: (error) => {
        trouble.report(error);
        readiness.lack('redis');
      },
      roundTrip,
    }),
  );
  const { keyPrefix } = config.redis;
  const replies = createReplyDesk(() => connectPatiently(options.redis), keyPrefix);
  lifecycle.add('replies', () => replies.close());

  for (const { name } of config.apps) for (const result of resultsOfApps) metrics.devices(name, result);
  const app = await createHttpApp({
    intake: createIntake({
      apps: createAppMatcher(intakeApps(options)),
      admissions: createAdmissionDesk(redis, {
        keyPrefix,
        dedupWindowMs: ingress.dedupWindowMs,
        gatherMs,
        roundTrip,
      }),
      replies,
      unknownApp: ingress.unknownApp,
      testPushWaitMs: ingress.testPushWaitMs,
      count: (name, result) => metrics.devices(name ?? noApp, result).inc(),
    }),
    maxBodyBytes: ingress.maxBodyBytes,
    maxDevices: ingress.maxDevices,
    trustProxy: ingress.trustProxy,
    ...(ingress.rateLimit !== undefined && { rateLimit: ingress.rateLimit }),
    unifiedPush: config.apps.some(({ type }) => type === 'webpush'),
    observer: {
      answered(status, seconds) {
        metrics.httpRequests(status).inc();
        metrics.httpRequestDuration().observe(seconds);
      },
      queueFailed: (error) => trouble.report(error),
      fault: (error) => log.error({ err: error }, 'a request failed through a fault of ours'),
    },
  });
  await lifecycle.start(
    'http listener',
    () => listenAt(app, ingress.listen),
    () => app.close(),
  );
  lifecycle.add('readiness', () => readiness.lack('draining'));

  const { address: host, port } = app.server.address() as AddressInfo; // it listens on TCP
  log.info({ listen: `${host}:${port}`, ops: `${ops.address.host}:${ops.address.port}` }, 'ingress listens');
  return { address: { host, port }, opsAddress: ops.address };
}

async function listenAt(app: FastifyInstance, address: HostPort): Promise<void> {
  try {
    await app.listen({ ...address });
  } catch (error) {
    throw listenError('ingress.listen', address, error);
  }
}

function intakeApps({ config, providers }: IngressOptions): IntakeApp[] {
  return config.apps.map(({ name, type, maxAgeMs, maxBacklog, shards }) => {
    const provider = providers.find(({ types }) => types[0] === type);
    return { name, maxAgeMs, maxBacklog, shards, unusable: (device) => provider?.unusable?.(device) };
  });
}
