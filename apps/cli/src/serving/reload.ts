import { isDeepStrictEqual } from 'node:util';
import type { StartedIngress } from '@carillon/ingress';
import {
  changedSettings,
  OperatorError,
  type Config,
  type LogControl,
  type Metrics,
} from '@carillon/runtime';
import type { StartedWorker } from '@carillon/worker';

export interface ReloadOptions {
  /** The configuration that the process was started with. */
  readonly config: Config;
  /** Reads and checks the file again; throws an `OperatorError` with all that is wrong. */
  readonly read: () => Config;
  readonly ingress: Pick<StartedIngress, 'apply'> | undefined;
  readonly worker: Pick<StartedWorker, 'prepare'> | undefined;
  readonly logControl: LogControl;
  readonly metrics: Pick<Metrics, 'configReloaded' | 'configReloadedAt'>;
}

/**
 * Takes up the apps, `ingress.unknown_app` and the log level of the configuration as it is now; what a part was built of at the start keeps its
 * value until a restart. A configuration that cannot be used changes nothing.
 */
export function createReload(options: ReloadOptions): () => Promise<void> {
  const { read, ingress, worker, logControl, metrics } = options;
  const { log } = logControl;
  let { config } = options;
  succeeded();

  function succeeded(): void {
    metrics.configReloaded().set(1);
    metrics.configReloadedAt().set(Date.now() / 1_000);
  }

  /** All or nothing: reads everything that may be wrong, and makes no change yet. */
  async function prepare() {
    const next = read();
    return { next, applyToWorker: await worker?.prepare(next) };
  }

  function warnOfFixedSettings(next: Config): void {
    const settings = changedSettings(config, next).filter((name) => matters(name));
    if (settings.length > 0)
      log.warn({ settings }, 'these settings have changed, and keep their old value until a restart');
  }

  function matters(name: string): boolean {
    if (takenUp.has(name)) return false;
    const foreign = [
      ...ofOtherPrograms,
      ...(ingress === undefined ? ofIngress : []),
      ...(worker === undefined ? ofWorker : []),
    ];
    return !foreign.some((start) => name.startsWith(start));
  }

  return async () => {
    let prepared;
    try {
      prepared = await prepare();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      metrics.configReloaded().set(0);
      log.error({ problems: error.lines }, 'the configuration cannot be used; nothing was changed');
      return;
    }
    const { next, applyToWorker } = prepared;
    // The worker, which takes from an app's queues, comes first, the ingress, which puts into them, second.
    applyToWorker?.();
    ingress?.apply(next);
    warnOfFixedSettings(next);
    if (next.log.level !== config.log.level) logControl.setLevel(next.log.level);
    log.info(changesOfApps(config, next), 'configuration read again');
    config = { ...config, apps: next.apps, log: next.log };
    succeeded();
  };
}

/** Settings that hold at once, beside those of apps. */
const takenUp: ReadonlySet<string> = new Set(['log.level', 'ingress.unknown_app']);
/** Settings that neither an ingress nor a worker uses. */
const ofOtherPrograms = ['console.'];
/** Settings that a process without an ingress, or without a worker, does not use. */
const ofIngress = ['ingress.'];
const ofWorker = ['worker.ops_listen', 'worker.concurrency', 'rejections.', 'proxy'];

function changesOfApps({ apps: before }: Config, { apps: after }: Config) {
  const names = (apps: Config['apps']) => apps.map(({ name }) => name);
  const former = new Map(before.map((app) => [app.name, app]));
  return {
    added: names(after.filter(({ name }) => !former.has(name))),
    changed: names(
      after.filter((app) => former.has(app.name) && !isDeepStrictEqual(app, former.get(app.name))),
    ),
    removed: names(before.filter(({ name }) => !after.some((app) => app.name === name))),
  };
}
