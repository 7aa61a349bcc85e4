import type { AddressInfo } from 'node:net';
import { createAppMatcher, type Device, type ProviderModule } from '@carillon/core';
import { createHopRecorder } from '@carillon/hops';
import {
  admissions,
  connectFailingFast,
  connectPatiently,
  createAdmissionDesk,
  createBacklogReader,
  createRateLimit,
  createRedisClock,
  createReplyDesk,
  createShardRegistry,
  guardLayout,
  readFitness,
  type RedisSettings,
} from '@carillon/queue';
import {
  createHopObserver,
  createReadiness,
  createTroubleLog,
  listenError,
  noApp,
  refuseForeignLayout,
  startOps,
  tellClock,
  tellForeignLayout,
  withWarnings,
  type AppConfig,
  type Config,
  type HostPort,
  type Lifecycle,
  type LogControl,
  type Metrics,
  type OpenTelemetry,
} from '@carillon/runtime';
import type { FastifyInstance } from 'fastify';
import { createAccessLog } from './callers/access-log.ts';
import { createCallers } from './callers/callers.ts';
import { measureCallers } from './callers/measure-callers.ts';
import { createDoorHops } from './door-hops.ts';
import { createHttpApp } from './http-app.ts';
import { createIntake, type IntakeApp } from './intake.ts';
import { recordAdmissions } from './request-spans.ts';
import { watchRedis } from './watch-redis.ts';

export interface IngressOptions {
  readonly config: Config;
  readonly providers: readonly ProviderModule[];
  readonly redis: RedisSettings;
  readonly lifecycle: Lifecycle;
  readonly logControl: LogControl;
  readonly metrics: Metrics;
  /** Absent where no spans are recorded. */
  readonly openTelemetry?: OpenTelemetry;
}

export interface StartedIngress {
  readonly address: HostPort;
  readonly opsAddress: HostPort;
  /** Routes requests by the apps and `unknown_app` of another configuration from now on; the rest of it is not used. */
  apply(config: Config): void;
}

/** Their series are there from the start, so that rates are right from the first device on. */
const resultsOfApps = [...admissions, 'unusable'] as const;

/** From the start for the same reason: an objective is a share of these (docs/observability.md). */
const statusesOfSlo = [200, 500, 503] as const;

/** How late a change of the number of shards elsewhere is noticed. */
const refreshMs = 1_000;

/** How often the metrics of callers are renewed. */
const callersEveryMs = 5_000;

/** Requests that come this close together share a round trip to Redis (docs/performance.md). */
const gatherMs = 4;

/**
 * Starts the front door; the lifecycle stops it. In the order of stopping: not ready, no new connections and
 * the last answers, Redis, and the ops listener last, so that the end can be watched.
 */
export async function startIngress(options: IngressOptions): Promise<StartedIngress> {
  const { config, lifecycle, logControl, metrics, openTelemetry } = options;
  const { log } = logControl;
  const { ingress } = config;
  const readiness = createReadiness('redis');
  const callers = createCallers();
  const ops = await lifecycle.start(
    'ops listener',
    () =>
      startOps({
        listen: ingress.opsListen,
        section: 'ingress',
        hosts: ingress.opsHosts,
        metrics,
        readiness,
        logControl,
        pages: { '/callers': () => callers.read() },
      }),
    (listener) => listener.close(),
  );

  const trouble = createTroubleLog(log, 'redis');
  const redis = connectFailingFast(options.redis);
  redis.on('error', (error: Error) => trouble.report(error));
  const roundTrip = (seconds: number): void => metrics.redisCommandDuration().observe(seconds);
  const readRedis = metrics.readRedisWith(withWarnings(() => readFitness(redis), log));
  redis.on('ready', () => void readRedis()); // never rejects
  lifecycle.add('redis', () => {
    trouble.end();
    redis.disconnect();
  });
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
  const time = createRedisClock(redis, keyPrefix);
  const { now } = time;
  const layout = guardLayout(redis, keyPrefix, tellForeignLayout(log));
  await refuseForeignLayout(layout, readiness);
  const shards = createShardRegistry(redis, {
    keyPrefix,
    current: config.queue.shards,
    windowMs: ingress.dedupWindowMs,
    now,
  });
  const refresh = (): void => {
    void layout.ask();
    // The watch tells of trouble.
    shards.refresh().catch(() => undefined);
    time.look().then(
      () => tellClock(metrics, time),
      () => undefined,
    );
  };
  redis.on('ready', refresh);
  await shards.refresh().catch(() => undefined); // later, where Redis is not there yet
  const refreshing = setInterval(refresh, refreshMs);
  lifecycle.add('shards', () => clearInterval(refreshing));
  const hops = createHopRecorder({ redis, keyPrefix, ...config.trace, observer: createHopObserver(metrics) });
  lifecycle.add('hops', () => hops.close());
  const replies = createReplyDesk(() => connectPatiently(options.redis), keyPrefix);
  lifecycle.add('replies', () => replies.close());

  let routes = routesOf(config, options.providers);
  const tellOfApps = ({ apps }: Pick<Config, 'apps'>): void => {
    metrics.setApps(apps);
    metrics.readQueuesWith(createBacklogReader(redis, { keyPrefix, shards, apps }), now);
    for (const { name } of apps) for (const result of resultsOfApps) metrics.devices(name, result);
  };
  tellOfApps(config);
  for (const status of statusesOfSlo) metrics.httpRequests(status);
  const counting = setInterval(() => measureCallers(callers.read(), metrics), callersEveryMs);
  lifecycle.add('callers', () => clearInterval(counting));
  const accessLog =
    ingress.accessLog === 0
      ? undefined
      : createAccessLog({
          oneIn: ingress.accessLog,
          write: (fields, message) => log.info(fields, message),
        });
  const desk = createAdmissionDesk(redis, {
    keyPrefix,
    shards,
    rejectionTtlMs: config.rejections.ttlMs,
    mayAdmit: () => layout.isOurs() === true && shards.hasHeard(),
    gatherMs,
    ringsPerMinute: ingress.maxRings,
    now,
    roundTrip,
    dropped: ({ app, lane }, count) => metrics.dropped(app, lane, 'displaced').inc(count),
  });
  const app = createHttpApp({
    intake: createIntake({
      apps: { match: (appId) => routes.matcher.match(appId) },
      admissions: openTelemetry === undefined ? desk : recordAdmissions(desk, openTelemetry, shards),
      replies,
      get unknownApp() {
        return routes.unknownApp;
      },
      testPushWaitMs: ingress.testPushWaitMs,
      count: (name, result) => metrics.devices(name ?? noApp, result).inc(),
      hops: createDoorHops(hops),
      now,
    }),
    maxBodyBytes: ingress.maxBodyBytes,
    maxDevices: ingress.maxDevices,
    trustProxy: ingress.trustProxy,
    keepAliveMs: ingress.keepAliveMs,
    ...(ingress.rateLimit !== undefined && {
      rateLimit: createRateLimit(redis, { keyPrefix, perSecond: ingress.rateLimit }),
    }),
    unifiedPush: () => routes.unifiedPush,
    ...(openTelemetry !== undefined && { openTelemetry }),
    observer: {
      answered(status, seconds) {
        metrics.httpRequests(status).inc();
        metrics.httpRequestDuration().observe(seconds);
      },
      queueFailed: (error) => trouble.report(error),
      called(caller, { status, devices, rejected, tookMs }, userAgent) {
        callers.count(caller, devices, rejected, status !== 200);
        accessLog?.request({ caller, status, devices, rejected, ms: tookMs, userAgent });
      },
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
  return {
    address: { host, port },
    opsAddress: ops.address,
    apply(next) {
      routes = routesOf(next, options.providers);
      tellOfApps(next);
    },
  };
}

/**
 * Connections that wait to be accepted, if the system allows as many. Beyond that a client asks again after a second, or after
 * three: strangers who connect by the thousand would fill the usual 511.
 */
const maxConnecting = 4_096;

async function listenAt(app: FastifyInstance, address: HostPort): Promise<void> {
  try {
    await app.listen({ ...address, backlog: maxConnecting });
  } catch (error) {
    throw listenError('ingress.listen', address, error);
  }
}

/** What a configuration says of where devices belong. */
function routesOf(config: Config, providers: readonly ProviderModule[]) {
  const apps = config.apps.map(
    ({ name, type, settings, maxAgeMs, maxBacklog, maxBacklogBytes }): IntakeApp => {
      const limits = { name, maxAgeMs, maxBacklog, maxBacklogBytes };
      const module = providers.find(({ types }) => types[0] === type);
      const second = module?.second?.(settings);
      return {
        ...limits,
        ...(module !== undefined && rulesOf(module, settings)),
        ...(second !== undefined && {
          second: {
            takes: (device) => second.takes(device),
            app: { ...limits, ...rulesOf(second.module, settings) },
          },
        }),
      };
    },
  );
  return {
    apps,
    matcher: createAppMatcher(apps),
    unknownApp: config.ingress.unknownApp,
    unifiedPush: apps.some(
      ({ second }, index) => second !== undefined || config.apps[index]?.type === 'webpush',
    ),
  };
}

/** What its provider says of registrations and notifications at the door. */
function rulesOf(module: ProviderModule, settings: AppConfig['settings']) {
  return {
    unusable: (device: Device) => module.unusable?.(device),
    spelling: (pushkey: string) => module.spelling?.(pushkey, settings) ?? pushkey,
    address: (device: Device) => module.address?.(device),
    trim: module.trim,
  };
}
