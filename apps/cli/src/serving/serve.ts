import { startIngress } from '@carillon/ingress';
import type { RedisSettings } from '@carillon/queue';
import {
  ConfigError,
  createFingerprint,
  createLifecycle,
  createMetrics,
  createReloads,
  loadConfig,
  readSecretFile,
  startOpenTelemetry,
  type Config,
  type Exit,
  type LogControl,
  type StopRequest,
} from '@carillon/runtime';
import { startWorker, type WorkerChoice } from '@carillon/worker';
import { providers } from '../providers.ts';
import { startEvents } from './start-events.ts';
import { createReload } from './reload.ts';
import { watchConfig } from './reload-on-change.ts';
import { version } from '../version.ts';

export interface Roles {
  readonly configPath: string;
  /** Whether a change of the configuration file means what SIGHUP means. */
  readonly reloadOnChange: boolean;
  readonly ingress: boolean;
  /** Undefined for no worker. */
  readonly worker: WorkerChoice | undefined;
}

/** A reload reads a few files; one that hangs at that must not use up the grace of the rest. */
const reloadDeadlineMs = 1_000;
/**
 * What the collector gets for the last spans of a process: less than the lifecycle gives to a part, so that its trouble
 * is none of the stop's.
 */
const flushMs = (leftMs: number): number => Math.min(Math.max(leftMs - 100, 400), 2_000);

/** Runs an ingress, a worker, or both, until the process is asked to stop: that is how it ends well. */
export async function serve(
  { configPath, ...roles }: Roles,
  logControl: LogControl,
  stop: StopRequest,
): Promise<Exit> {
  const { log } = logControl;
  const reloads = createReloads({
    failed: (error) => log.error({ err: error }, 'reading the configuration again failed unexpectedly'),
  });
  // From the beginning to the very end, since a SIGHUP that nobody handles would end the process.
  process.on('SIGHUP', () => {
    log.info('SIGHUP: the configuration is to be read again');
    reloads.request();
  });
  const read = (): Config => {
    const current = loadConfig({ path: configPath, appTypes: providers });
    if (roles.ingress && roles.worker !== undefined) refuseSharedOpsPort(configPath, current);
    return current;
  };
  // Before it is read: what changes from now on is not missed.
  using _watching = roles.reloadOnChange
    ? await watchConfig(configPath, () => {
        log.info('the configuration has changed and is read again');
        reloads.request();
      })
    : undefined;
  const config = read();
  logControl.setLevel(config.log.level);
  const redis = redisSettings(config);
  const metrics = createMetrics({ version: version() });
  await using lifecycle = createLifecycle({ log, graceMs: config.worker.stopGraceMs, signal: stop.signal });
  const openTelemetry = await startOpenTelemetry({
    settings: config.opentelemetry,
    role: roles.worker === undefined ? 'ingress' : roles.ingress ? 'start' : 'worker',
    version: version(),
    log,
  });
  if (openTelemetry !== undefined) {
    logControl.setContext(() => openTelemetry.logFields());
    let graceEnds = 0;
    void stop.requested.then(() => (graceEnds = performance.now() + config.worker.stopGraceMs));
    lifecycle.add('spans', () =>
      openTelemetry.stop(AbortSignal.timeout(flushMs(graceEnds - performance.now()))),
    );
  }
  const parts = {
    config,
    configPath,
    providers,
    redis,
    lifecycle,
    log,
    logControl,
    metrics,
    fingerprint: createFingerprint(),
    ...(openTelemetry !== undefined && { openTelemetry }),
  };
  const events = roles.worker === undefined ? undefined : startEvents(parts);
  if (events !== undefined) lifecycle.add('events', () => events.close());
  // The worker first: stopping goes the other way, so what the front door still accepts is still sent.
  const worker =
    roles.worker === undefined
      ? undefined
      : await startWorker({
          ...parts,
          choice: roles.worker,
          ...(events !== undefined && { events }),
        });
  const ingress = roles.ingress ? await startIngress(parts) : undefined;
  lifecycle.add('reloads', () => reloads.end(), { deadlineMs: reloadDeadlineMs });
  reloads.serve(createReload({ config, read, worker, ingress, logControl, metrics }));
  await stop.requested;
  return 'ok';
}

/** Two processes may use the same port, on two machines; one process cannot. */
function refuseSharedOpsPort(configPath: string, { ingress, worker }: Config): void {
  if (ingress.opsListen.port === 0 || ingress.opsListen.port !== worker.opsListen.port) return;
  const message = 'has the port of ingress.ops_listen; `carillon start` needs two';
  throw new ConfigError(configPath, [{ path: 'worker.ops_listen', message }]);
}

export function redisSettings({ redis: { server, tls, username, passwordFile } }: Config): RedisSettings {
  return {
    server,
    tls,
    ...(username !== undefined && { username }),
    ...(passwordFile !== undefined && {
      password: readSecretFile({ key: 'redis.password_file', path: passwordFile }),
    }),
  };
}
