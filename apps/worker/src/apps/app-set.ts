import { isDeepStrictEqual } from 'node:util';
import { SettingError } from '@carillon/core';
import type { Parking, TakenLanes } from '@carillon/queue';
import type { AppConfig, Log, Metrics } from '@carillon/runtime';
import type { AppWorker } from './app-worker.ts';
import type { ExpiryWatch } from './expiry-watch.ts';
import type { OpenApps, OpenedApp } from './open-apps.ts';
import { createSwappableProvider, type SwappableProvider } from './swappable-provider.ts';

/**
 * The apps whose deliveries this worker takes, which may change while it runs. An app is
 *
 *   running   from when it is applied. Other settings or credentials give it another provider, while its queues go on
 *   leaving   from when it is applied no more: nothing is taken, sends in flight end or go back, and its provider is
 *             closed
 *
 * No change of one app touches another one's connections (invariant 8).
 */
export interface AppSet {
  lanes(): TakenLanes;
  /**
   * Reads the credentials of new and changed apps; throws a `ConfigError` with all that is wrong with them, and then
   * nothing has changed. The function that it resolves to makes the change at once.
   */
  prepare(apps: readonly AppConfig[]): Promise<() => void>;
  apply(apps: readonly AppConfig[], opened: readonly OpenedApp[]): void;
  /** Looks at what all workers share, see `AppWorker`. */
  tick(): Promise<void>;
  /** Reads credentials again whose files have changed, and tells of those that expire. Never rejects. */
  look(): Promise<void>;
  /** Ends everything but the providers. */
  stop(graceMs: number): Promise<void>;
  closeProviders(): Promise<void>;
}

export interface AppSetOptions {
  readonly open: OpenApps;
  /** `isDryRun` is asked for each delivery, since a reload may change it. */
  readonly start: (app: AppConfig, provider: SwappableProvider, isDryRun: () => boolean) => AppWorker;
  readonly parking: Pick<Parking, 'probeNow'>;
  /** Deliveries that stand on queues of the app. */
  readonly countWaiting: (app: string) => Promise<number>;
  /** How long the sends of an app that leaves may take. */
  readonly graceMs: number;
  readonly expiry: ExpiryWatch;
  readonly metrics: Pick<Metrics, 'credentialsReloaded' | 'forgetApp'>;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

interface RunningApp {
  opened: OpenedApp;
  app: AppConfig;
  readonly worker: AppWorker;
  readonly provider: SwappableProvider;
}

export function createAppSet(options: AppSetOptions): AppSet {
  const { metrics, log } = options;
  const running = new Map<string, RunningApp>();
  const leaving = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let stopping = false;

  /** Sees to it that the process does not end before `work` has. */
  function leave(app: string, work: Promise<unknown>): void {
    const tracked: Promise<void> = work
      .then(
        () => undefined,
        (error: unknown) => log.error({ app, err: error }, 'a part of an app did not end well'),
      )
      .finally(() => leaving.delete(tracked));
    leaving.add(tracked);
  }

  function add(opened: OpenedApp): void {
    const { app } = opened;
    const provider = createSwappableProvider(opened.provider);
    const isDryRun = () => running.get(app.name)?.app.mode === 'dry_run';
    running.set(app.name, { opened, app, provider, worker: options.start(app, provider, isDryRun) });
    metrics.credentialsReloaded(app.name).set(1);
  }

  function change(one: RunningApp, app: AppConfig, opened: OpenedApp | undefined): void {
    one.app = app;
    if (opened !== undefined) {
      one.opened = opened;
      swap(one, opened);
    }
  }

  /** Whatever is parked is probed at once; and again when nothing is under way any more that can fail by the old way. */
  function swap(
    { provider }: RunningApp,
    { app, provider: next }: Pick<OpenedApp, 'app' | 'provider'>,
  ): void {
    const probe = () => options.parking.probeNow(app.name);
    const ended = provider.swap(next);
    metrics.credentialsReloaded(app.name).set(1);
    leave(app.name, Promise.all([probe(), ended.then(probe)]));
  }

  function remove({ app, worker, provider }: RunningApp): void {
    running.delete(app.name);
    const end = async (): Promise<void> => {
      await worker.stop(options.graceMs);
      await provider.close();
      if (running.has(app.name)) return; // it has come back meanwhile
      await metrics.forgetApp(app.name);
      const waiting = await options.countWaiting(app.name);
      const fields = { app: app.name, waiting };
      if (waiting === 0) log.info(fields, 'an app that was removed has ended');
      else
        log.warn(
          fields,
          'deliveries of an app that was removed wait on Redis; they go out if it is configured again before they expire',
        );
    };
    leave(app.name, end());
  }

  function apply(apps: readonly AppConfig[], opened: readonly OpenedApp[]): void {
    if (stopping) {
      for (const { app, provider } of opened) leave(app.name, provider.close());
      return;
    }
    const names = new Set(apps.map(({ name }) => name));
    for (const [name, one] of running) if (!names.has(name)) remove(one);
    const openedNow = new Map(opened.map((one) => [one.app.name, one]));
    for (const app of apps) {
      const one = running.get(app.name);
      const anew = openedNow.get(app.name);
      if (one !== undefined) change(one, app, anew);
      else if (anew !== undefined) add(anew);
    }
    lookAtExpiry();
  }

  function lookAtExpiry(): void {
    options.expiry.look(
      [...running.values()].flatMap(({ app, provider }) =>
        (provider.current.expiringCredentials ?? []).map((one) => ({ ...one, app: app.name })),
      ),
    );
  }

  async function lookAtFiles(): Promise<void> {
    const lookAt = async (one: RunningApp): Promise<void> => {
      const { opened } = one;
      const files = await opened.files.changed();
      // The configuration may have changed during the look, and have read these files itself.
      if (files.length > 0 && one.opened === opened && running.get(one.app.name) === one && !stopping)
        reopen(one, files);
    };
    await Promise.all([...running.values()].map(lookAt)); // at a time, so that apps that share a file look at it once
    if (!stopping) lookAtExpiry();
  }

  function reopen(one: RunningApp, files: readonly string[]): void {
    const app = one.app.name;
    try {
      swap(one, { app: one.app, provider: one.opened.reopen() });
      log.info({ app, files }, 'credentials have changed and were read again');
    } catch (error) {
      metrics.credentialsReloaded(app).set(0);
      const cause =
        error instanceof SettingError ? { setting: error.key, cure: error.message } : { err: error };
      log.error(
        { app, files, ...cause },
        'credentials have changed and cannot be used; the old ones stay in use until that is mended',
      );
    }
  }

  return {
    lanes: () => new Map([...running].map(([app, { worker }]) => [app, worker.lanes])),
    async prepare(apps) {
      const opened = await options.open(apps.filter((app) => !sendsAlike(app, running.get(app.name)?.app)));
      return () => apply(apps, opened);
    },
    apply,
    async tick() {
      await Promise.all([...running.values()].map(({ worker }) => worker.tick()));
    },
    async look() {
      looking ??= lookAtFiles().finally(() => (looking = undefined));
      await looking;
    },
    async stop(graceMs) {
      stopping = true;
      await Promise.all([...running.values()].map(({ worker }) => worker.stop(graceMs)));
      await Promise.all(leaving);
    },
    async closeProviders() {
      await Promise.all([...running.values()].map(({ provider }) => provider.close()));
    },
  };
}

/** Whether one provider serves both: nothing that it was made of differs. */
function sendsAlike(app: AppConfig, former: AppConfig | undefined): boolean {
  return former?.type === app.type && isDeepStrictEqual(former.settings, app.settings);
}
