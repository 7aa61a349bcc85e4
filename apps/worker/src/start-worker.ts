import {
  globPattern,
  SettingError,
  type Lane,
  type Provider,
  type ProviderContext,
  type ProviderModule,
} from '@carillon/core';
import {
  connectPatiently,
  createFuseStore,
  createParking,
  createRejections,
  queuesOf,
  readDepths,
  readFitness,
  type QueueRef,
  type RedisSettings,
} from '@carillon/queue';
import {
  appSettingError,
  ConfigError,
  createProviderObserver,
  createReadiness,
  createTroubleLog,
  OperatorError,
  startOps,
  withWarnings,
  type AppConfig,
  type Config,
  type HostPort,
  type Lifecycle,
  type Log,
  type Metrics,
} from '@carillon/runtime';
import { startAppWorker, type AppWorker } from './app-worker.ts';
import { createMeasuredObserver } from './measured-observer.ts';
import { queueReadings } from './queue-readings.ts';
import { startTicker } from './ticker.ts';

export interface WorkerOptions {
  readonly config: Config;
  /** The file that `config` comes from, for errors about what it names. */
  readonly configPath: string;
  readonly providers: readonly ProviderModule[];
  readonly redis: RedisSettings;
  readonly choice: WorkerChoice;
  readonly lifecycle: Lifecycle;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly fingerprint: (secret: string) => string;
}

/** Which deliveries a worker takes; an empty list means all. */
export interface WorkerChoice {
  /** Globs over the apps' names. */
  readonly apps: readonly string[];
  readonly types: readonly string[];
  readonly lanes: readonly Lane[];
}

export interface StartedWorker {
  readonly opsAddress: HostPort;
}

/** Left of the grace after deliveries have gone back, to close connections in; of a short grace, a third. */
const closingMs = (stopGraceMs: number): number => Math.min(2_000, stopGraceMs / 3);
/** A send whose delivery has gone back to the queue is not waited for. */
const providerCloseMs = 200;
/** How often the workers' shared state of an app is looked at. */
const tickMs = 1_000;

/**
 * Starts a worker; the lifecycle stops it. In the order of stopping: not ready, the queues (nothing more is
 * taken, sends end or go back), providers, Redis, and the ops listener last.
 */
export async function startWorker(options: WorkerOptions): Promise<StartedWorker> {
  const { config, lifecycle, log, metrics } = options;
  const apps = chosenApps(options);
  const senders = createProviders(apps, options);

  const readiness = createReadiness('redis');
  const ops = await lifecycle.start(
    'ops listener',
    () =>
      startOps({ listen: config.worker.opsListen, setting: 'worker.ops_listen', metrics, readiness, log }),
    (listener) => listener.close(),
  );

  const trouble = createTroubleLog(log, 'redis');
  const redis = connectPatiently(options.redis);
  redis.on('error', (error: Error) => trouble.report(error));
  redis.on('close', () => readiness.lack('redis'));
  const readRedis = metrics.readRedisWith(withWarnings(() => readFitness(redis), log));
  redis.on('ready', () => void readRedis()); // never rejects
  lifecycle.add('redis', () => redis.disconnect());

  const { keyPrefix } = config.redis;
  const { fuse: fuseSettings, ttlMs } = config.rejections;
  const shared = {
    redis,
    keyPrefix,
    parking: createParking(redis, keyPrefix),
    rejections: createRejections(redis, { keyPrefix, ttlMs }),
    fuses: createFuseStore(redis, keyPrefix, fuseSettings),
    fuseWindowMs: fuseSettings.windowMs,
    observer: createMeasuredObserver(metrics, log, trouble),
    roundTrip: (seconds: number) => metrics.redisCommandDuration().observe(seconds),
  };
  const workers: AppWorker[] = [];
  for (const { app, provider } of senders) {
    lifecycle.add(`provider of ${app.name}`, () => Promise.race([provider.close(), after(providerCloseMs)]));
  }
  for (const { app, provider } of senders) {
    workers.push(
      startAppWorker({
        ...shared,
        app,
        provider,
        queues: chosenQueues(app, options),
        concurrency: config.worker.concurrency,
      }),
    );
  }
  const { stopGraceMs } = config.worker;
  const graceMs = stopGraceMs - closingMs(stopGraceMs);
  lifecycle.add('queues', () => Promise.all(workers.map((worker) => worker.stop(graceMs))));
  lifecycle.add(
    'ticker',
    startTicker(
      Math.min(tickMs, fuseSettings.windowMs / 4),
      () => Promise.all(workers.map((worker) => worker.tick())),
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

  const queues = workers.flatMap((worker) => worker.queues);
  metrics.readQueuesWith(async () => queueReadings(await readDepths(redis, keyPrefix, queues), Date.now()));
  lifecycle.add('readiness', () => readiness.lack('draining'));
  log.info(
    { apps: apps.map(({ name }) => name), ops: `${ops.address.host}:${ops.address.port}` },
    'worker takes deliveries',
  );
  return { opsAddress: ops.address };
}

function chosenApps({ config, choice, providers }: WorkerOptions): readonly AppConfig[] {
  const globs = choice.apps.map(globPattern);
  // An alias such as `gcm` chooses what its canonical name does.
  const types = choice.types.map((type) => providers.find((one) => one.types.includes(type))?.types[0]);
  const chosen = config.apps.filter(
    ({ name, type }) =>
      (globs.length === 0 || globs.some((glob) => glob.test(name))) &&
      (types.length === 0 || types.includes(type)),
  );
  if (chosen.length === 0) {
    throw new OperatorError('No app of the configuration is chosen by --app and --type', {
      cure: `choose among ${config.apps.map(({ name, type }) => `${name} (${type})`).join(', ')}`,
      exit: 'usage',
    });
  }
  return chosen;
}

function chosenQueues(app: AppConfig, { choice }: WorkerOptions): readonly QueueRef[] {
  return queuesOf(app).filter(({ lane }) => choice.lanes.length === 0 || choice.lanes.includes(lane));
}

/** All credentials are read before anything starts, and what is wrong with them is told together. */
function createProviders(
  apps: readonly AppConfig[],
  { config, configPath, providers, log, metrics, fingerprint }: WorkerOptions,
): { readonly app: AppConfig; readonly provider: Provider }[] {
  const context: ProviderContext = {
    log,
    observer: createProviderObserver(metrics),
    ...(config.proxy !== undefined && { proxy: new URL(config.proxy.href) }),
    now: Date.now,
    fingerprint,
  };
  const errors: ConfigError[] = [];
  const created = apps.flatMap((app) => {
    const module = providers.find(({ types }) => types[0] === app.type);
    if (module === undefined) return []; // the configuration's types come from the same list
    try {
      return [{ app, provider: module.create({ name: app.name, settings: app.settings }, context) }];
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      errors.push(appSettingError(configPath, app.name, error));
      return [];
    }
  });
  if (errors.length === 0) return created;
  for (const { provider } of created) void provider.close(); // it sent nothing: there is nothing to fail
  throw new ConfigError(
    configPath,
    errors.flatMap(({ problems }) => problems),
  );
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
