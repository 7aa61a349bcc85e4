import { setTimeout as delay } from 'node:timers/promises';
import type { EventSink, ProviderContext, ProviderModule } from '@carillon/core';
import { createHopRecorder } from '@carillon/hops';
import {
  connectPatiently,
  addShards,
  allShards,
  createBacklogReader,
  createConsumer,
  createFuseStore,
  createKnownRegistrations,
  createParking,
  createPauses,
  createRedisClock,
  createRejections,
  createShardRegistry,
  createWorkerPresence,
  guardLayout,
  readDepths,
  readFitness,
  type RedisClock,
  type RedisSettings,
} from '@carillon/queue';
import {
  createHopObserver,
  createProviderObserver,
  createReadiness,
  createTroubleLog,
  OperatorError,
  refuseForeignLayout,
  startOps,
  tellClock,
  tellForeignLayout,
  withWarnings,
  type Config,
  type HostPort,
  type Lifecycle,
  type LogControl,
  type Metrics,
  type OpenTelemetry,
} from '@carillon/runtime';
import { announceLanes, workerId } from './announce.ts';
import { createAppSet } from './apps/app-set.ts';
import { startAppWorker } from './apps/app-worker.ts';
import { createPausedLanes } from './apps/paused-lanes.ts';
import { createExpiryWatch } from './apps/expiry-watch.ts';
import { createKnownHere } from './health/known-here.ts';
import { createMeasuredObserver } from './delivery/measured-observer.ts';
import { createOpenApps } from './apps/open-apps.ts';
import { startTicker } from './ticker.ts';
import { choiceOfNothing, chosenApps, chosenLanes, type WorkerChoice } from './worker-choice.ts';
import { withEvents } from './delivery/with-events.ts';
import { withHops } from './delivery/with-hops.ts';

export interface WorkerOptions {
  readonly config: Config;
  /** The file that `config` comes from, for errors about what it names. */
  readonly configPath: string;
  readonly providers: readonly ProviderModule[];
  readonly redis: RedisSettings;
  readonly choice: WorkerChoice;
  readonly lifecycle: Lifecycle;
  readonly logControl: LogControl;
  readonly metrics: Metrics;
  readonly fingerprint: (secret: string) => string;
  /** Absent where no spans are recorded. */
  readonly openTelemetry?: OpenTelemetry;
  /** Absent where the operator's own system is told of nothing. */
  readonly events?: EventSink;
}

export interface StartedWorker {
  readonly opsAddress: HostPort;
  /**
   * Gets ready to run with other apps. Throws a `ConfigError` if the credentials of one cannot be used, and changes
   * nothing. The function that it resolves to makes the change, without dropping a delivery.
   */
  prepare(config: Config): Promise<() => void>;
}

/** Left of the grace after deliveries have gone back, to close connections in; of a short grace, a third. */
const closingMs = (stopGraceMs: number): number => Math.min(2_000, stopGraceMs / 3);
/** A send whose delivery has gone back to the queue is not waited for. */
const providerCloseMs = 200;
/** How long a stop waits for Redis to forget the worker. */
const leaveMs = 500;
/** How often the workers' shared state of an app is looked at. */
const tickMs = 1_000;
/** How often the files of credentials are looked at; a change is acted upon at the second look that sees it. */
const lookMs = 1_000;

/**
 * Starts a worker; the lifecycle stops it. In the order of stopping: not ready, the queues (nothing more is
 * taken, sends end or go back), providers, Redis, and the ops listener last.
 */
export async function startWorker(options: WorkerOptions): Promise<StartedWorker> {
  const { config, choice, providers, lifecycle, logControl, metrics } = options;
  const { log } = logControl;
  const apps = chosenApps(config.apps, choice, providers);
  const nothing = choiceOfNothing(config.apps, choice, providers);
  if (nothing !== undefined) throw nothing;
  if (apps.length === 0) throw nothingChosen(options);
  const clock: { ofRedis?: RedisClock } = {}; // there is none before Redis
  const now = (): number => clock.ofRedis?.now() ?? Date.now();
  const open = createOpenApps({ ...options, context: providerContext(options, now) });
  const opened = await open(apps); // before anything else starts: what is wrong with them is told together

  const readiness = createReadiness('redis');
  const ops = await lifecycle.start(
    'ops listener',
    () =>
      startOps({
        listen: config.worker.opsListen,
        section: 'worker',
        hosts: config.worker.opsHosts,
        metrics,
        readiness,
        logControl,
      }),
    (listener) => listener.close(),
  );

  const trouble = createTroubleLog(log, 'redis');
  const redis = connectPatiently(options.redis);
  redis.on('error', (error: Error) => trouble.report(error));
  redis.on('close', () => readiness.lack('redis'));
  const readRedis = metrics.readRedisWith(withWarnings(() => readFitness(redis), log));
  redis.on('ready', () => void readRedis()); // never rejects
  lifecycle.add('redis', () => {
    trouble.end();
    redis.disconnect();
  });

  const { keyPrefix } = config.redis;
  const time = createRedisClock(redis, keyPrefix);
  clock.ofRedis = time;
  const layout = guardLayout(redis, keyPrefix, tellForeignLayout(log));
  await refuseForeignLayout(layout, readiness);
  const hops = createHopRecorder({ redis, keyPrefix, ...config.trace, observer: createHopObserver(metrics) });
  lifecycle.add('hops', () => hops.close());
  const { fuse: fuseSettings, ttlMs } = config.rejections;
  const { dedupWindowMs } = config.ingress;
  const shards = createShardRegistry(redis, {
    keyPrefix,
    current: config.queue.shards,
    windowMs: dedupWindowMs,
    now,
  });
  const traced = withHops(createMeasuredObserver(metrics, log, trouble, now), hops, now);
  const observer = options.events === undefined ? traced : withEvents(traced, options.events, now);
  const consumer = createConsumer({
    redis,
    keyPrefix,
    shards,
    // Nothing is to expire by a wrong clock before Redis has told the time.
    mayBegin: layout.ours.then(() => time.look().catch(() => undefined)),
    concurrency: config.worker.concurrency,
    claimLifeMs: dedupWindowMs,
    observer,
    roundTrip: (seconds) => metrics.redisCommandDuration().observe(seconds),
    now,
  });
  const shared = {
    redis,
    keyPrefix,
    parking: createParking(redis, keyPrefix, now),
    paused: createPausedLanes(createPauses(redis, keyPrefix), now),
    shards,
    consumer,
    rejections: createRejections(redis, { keyPrefix, shards, ttlMs, now }),
    fuses: createFuseStore(redis, keyPrefix, fuseSettings, now),
    knownHere: createKnownHere({ shards, known: createKnownRegistrations(redis, keyPrefix, now) }),
    fuseWindowMs: fuseSettings.windowMs,
    observer,
    now,
    openTelemetry: options.openTelemetry,
  };
  const { stopGraceMs } = config.worker;
  const graceMs = stopGraceMs - closingMs(stopGraceMs);
  const set = createAppSet({
    open,
    start: (app, provider, isDryRun) =>
      startAppWorker({
        isDryRun,
        ...shared,
        app,
        provider,
        lanes: chosenLanes(choice),
        concurrency: config.worker.concurrency,
      }),
    parking: shared.parking,
    countWaiting: async (app) => {
      const depths = addShards(await readDepths(redis, keyPrefix, allShards(shards)), [app]);
      return depths.reduce((sum, { waiting, delayed }) => sum + waiting + delayed, 0);
    },
    graceMs,
    expiry: createExpiryWatch({
      metrics,
      log,
      now,
      ...(options.events !== undefined && { events: options.events }),
    }),
    metrics,
    log,
  });
  set.apply(apps, opened);
  shared.paused.look().catch(() => undefined); // the ticker tells what is wrong
  lifecycle.add('providers', () =>
    Promise.race([set.closeProviders(), delay(providerCloseMs, undefined, { ref: false })]),
  );
  lifecycle.add('queues', async () => {
    await set.stop(graceMs);
    await consumer.stop(0);
  });
  const looks = setInterval(() => void set.look(), lookMs); // never rejects
  lifecycle.add('credential files', () => clearInterval(looks));
  lifecycle.add(
    'ticker',
    startTicker(
      Math.min(tickMs, fuseSettings.windowMs / 4),
      () =>
        Promise.all([
          set.tick(),
          shared.knownHere.tick(),
          shared.paused.look(),
          shards.refresh(),
          layout.ask(),
          time.look().then(() => tellClock(metrics, time)),
        ]),
      {
        usable: () => {
          trouble.over();
          readiness.have('redis');
        },
        unusable: (error) => {
          trouble.report(error);
          readiness.lack('redis');
        },
      },
    ),
  );

  const leave = announceLanes(createWorkerPresence(redis, keyPrefix, workerId()), () => set.lanes());
  // Without an answer of Redis it is forgotten all the same, a little later.
  lifecycle.add('presence', () => Promise.race([leave(), delay(leaveMs, undefined, { ref: false })]));
  const tellOfApps = ({ apps: all }: Pick<Config, 'apps'>): void => {
    metrics.setApps(all);
    metrics.readQueuesWith(createBacklogReader(redis, { keyPrefix, shards, apps: all }), now);
  };
  tellOfApps(config);
  lifecycle.add('readiness', () => readiness.lack('draining'));
  log.info(
    { apps: apps.map(({ name }) => name), ops: `${ops.address.host}:${ops.address.port}` },
    'worker takes deliveries',
  );
  return {
    opsAddress: ops.address,
    async prepare(next) {
      const nextApps = chosenApps(next.apps, choice, providers);
      const apply = await set.prepare(nextApps);
      return () => {
        apply();
        tellOfApps(next);
        if (nextApps.length === 0) log.warn(nothingChosen({ ...options, config: next }).message);
      };
    },
  };
}

function nothingChosen({ config }: WorkerOptions): OperatorError {
  return new OperatorError('No app of the configuration is chosen by --app and --type', {
    cure: `choose among ${config.apps.map(({ name, type }) => `${name} (${type})`).join(', ')}`,
    exit: 'usage',
  });
}

function providerContext(
  { config, logControl, metrics, fingerprint }: WorkerOptions,
  now: () => number,
): ProviderContext {
  return {
    log: logControl.log,
    observer: createProviderObserver(metrics),
    ...(config.proxy !== undefined && { proxy: new URL(config.proxy.href) }),
    now,
    fingerprint,
  };
}
