import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filePath, SettingError, type Outcome, type ProviderModule, lanes } from '@carillon/core';
import {
  connectPatiently,
  createAdmissionDesk,
  createFuseStore,
  createKnownRegistrations,
  createParking,
  createPauses,
  createRejections,
  addShards,
  allShards,
  createConsumer,
  fixedShards,
  readDepths,
} from '@carillon/queue';
import {
  createLog,
  createMetrics,
  createProviderObserver,
  createTroubleLog,
  type AppConfig,
} from '@carillon/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../test/redis/private-redis.ts';
import { createAppSet } from './app-set.ts';
import { startAppWorker } from './app-worker.ts';
import { createExpiryWatch } from './expiry-watch.ts';
import { createKnownHere } from '../health/known-here.ts';
import { createMeasuredObserver } from '../delivery/measured-observer.ts';
import { createOpenApps } from './open-apps.ts';
import { createPausedLanes } from './paused-lanes.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

let prefixes = 0;
const graceMs = 5_000;

/** A set of apps on queues of its own, whose provider answers by what stands in the app's key file. */
function setup() {
  const keyPrefix = `s${prefixes++}`;
  const folder = mkdtempSync(join(tmpdir(), 'carillon-apps-'));
  const redis = connectPatiently(server.settings);
  const lines: Record<string, unknown>[] = [];
  const { log } = createLog({
    destination: { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const metrics = createMetrics({ version: '1', ofProcess: false });
  const sends: { readonly id: string; readonly key: string }[] = [];
  let hold: Promise<void> | undefined;
  let [created, closed] = [0, 0];

  const bells: ProviderModule = {
    types: ['bell'],
    shape: { keyfile: filePath() },
    obsoleteKeys: {},
    trim: (notification) => notification,
    answers: [],
    create({ settings }) {
      const key = readFileSync(String(settings['keyfile']), 'utf8');
      if (key === 'unreadable') throw new SettingError('keyfile', 'cannot be read: mend it');
      created += 1;
      return {
        async send({ id }): Promise<Outcome> {
          sends.push({ id, key });
          await hold;
          return key === 'wrong'
            ? { kind: 'misconfigured', reason: 'InvalidKey', sent: true, speaksFor: 'app', cure: 'mend it' }
            : { kind: 'delivered', reason: 'ok', sent: true };
        },
        async close() {
          closed += 1;
        },
      };
    },
  };
  const parking = createParking(redis, keyPrefix);
  const pauses = createPauses(redis, keyPrefix);
  const shards = fixedShards(2);
  const observer = createMeasuredObserver(metrics, log, createTroubleLog(log, 'redis'));
  const consumer = createConsumer({
    redis,
    keyPrefix,
    shards,
    concurrency: 16,
    claimLifeMs: 60_000,
    observer,
  });
  const shared = {
    shards,
    consumer,
    redis,
    keyPrefix,
    parking,
    paused: createPausedLanes(pauses),
    rejections: createRejections(redis, { keyPrefix, shards, ttlMs: 60_000 }),
    knownHere: createKnownHere({ shards, known: createKnownRegistrations(redis, keyPrefix) }),
    fuses: createFuseStore(redis, keyPrefix, { windowMs: 10_000, minSamples: 50, share: 0.5 }),
    fuseWindowMs: 10_000,
    observer,
  };
  const open = createOpenApps({
    configPath: 'carillon.yaml',
    providers: [bells],
    context: {
      log,
      observer: createProviderObserver(metrics),
      now: Date.now,
      fingerprint: () => '',
    },
  });
  const set = createAppSet({
    open,
    start: (app, provider, isDryRun) =>
      startAppWorker({
        isDryRun,
        ...shared,
        now: Date.now,
        openTelemetry: undefined,
        app,
        provider,
        lanes,
        concurrency: 16,
      }),
    parking,
    countWaiting: async (app) => {
      const depths = addShards(await readDepths(redis, keyPrefix, allShards(shards)), [app]);
      return depths.reduce((sum, { waiting, delayed }) => sum + waiting + delayed, 0);
    },
    graceMs,
    expiry: createExpiryWatch({ metrics, log, now: Date.now }),
    metrics,
    log,
  });
  const ticker = setInterval(() => void Promise.all([set.tick(), shared.paused.look()]), 100);
  const desk = createAdmissionDesk(redis, { keyPrefix, shards, rejectionTtlMs: 60_000, gatherMs: 0 });
  const keyFile = (name: string): string => join(folder, name);

  return {
    set,
    pauses,
    lines,
    sends,
    metrics,
    counts: () => ({ created, closed }),
    keyFile,
    writeKey: (name: string, key: string) => writeFileSync(keyFile(name), key),
    app: (name: string, overrides: Partial<AppConfig> = {}): AppConfig => ({
      name,
      type: 'bell',
      mode: 'live',
      maxAgeMs: { high: 60_000, low: 60_000, calls: 30_000 },
      maxBacklog: 1_000,
      maxBacklogBytes: 1_000_000,
      settings: { keyfile: keyFile(name) },
      ...overrides,
    }),
    run: async (...apps: readonly AppConfig[]) => (await set.prepare(apps))(),
    /** Has every send wait until the function that it returns is called. */
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      hold = promise;
      return () => {
        hold = undefined;
        resolve();
      };
    },
    admit: (app: string, id: string) =>
      desk.admit({
        delivery: {
          id,
          app,
          lane: 'high',
          acceptedAt: Date.now(),
          expiresAt: Date.now() + 60_000,
          tries: 0,
          unclaimed: true,
          notification: { eventId: `$${id}`, prio: 'high' },
          device: { appId: app, pushkey: id },
        },
        maxBacklog: 1_000,
      }),
    sentIds: () => sends.map(({ id }) => id),
    /** A change of a file is acted upon at the second look. */
    look: async () => {
      await set.look();
      await set.look();
    },
    exposed: async () => (await metrics.expose()).text,
    [Symbol.asyncDispose]: async () => {
      clearInterval(ticker);
      await set.stop(1_000);
      await consumer.stop(0);
      await set.closeProviders();
      redis.disconnect();
      rmSync(folder, { recursive: true });
    },
  };
}

test('an app that is added is served, and the provider of another stays as it is', async () => {
  await using s = setup();
  s.writeKey('a', 'good');
  s.writeKey('b', 'good');
  await s.run(s.app('a'));
  await s.run(s.app('a'), s.app('b'));
  await s.admit('a', 'to a');
  await s.admit('b', 'to b');
  await expect.poll(() => s.sentIds().toSorted()).toEqual(['to a', 'to b']);
  expect(s.counts()).toEqual({ created: 2, closed: 0 });
  expect(s.set.lanes()).toEqual(
    new Map([
      ['a', lanes],
      ['b', lanes],
    ]),
  );
});

test('what an operator pauses is kept, also by a worker that is started then, and goes out when it is resumed', async () => {
  await using s = setup();
  s.writeKey('a', 'good');
  s.writeKey('b', 'good');
  const pause = {
    app: 'a',
    lane: 'high',
    by: 'alice@host',
    reason: 'a bad release',
    since: Date.now(),
  } as const;
  await s.pauses.pause(pause);
  await s.run(s.app('a'), s.app('b'));
  await s.admit('a', 'paused');
  await s.admit('b', 'not paused');
  await expect.poll(() => s.sentIds()).toEqual(['not paused']);
  await expect.poll(() => s.exposed()).toContain('carillon_app_paused{app="a",lane="high"} 1');
  expect(s.lines).toContainEqual(
    expect.objectContaining({
      app: 'a',
      lane: 'high',
      by: 'alice@host',
      reason: 'a bad release',
      level: 'warn',
    }),
  );

  await s.pauses.resume('a');
  await expect.poll(() => s.sentIds()).toEqual(['not paused', 'paused']);
  expect(await s.exposed()).toContain('carillon_app_paused{app="a",lane="high"} 0');
});

test('a pause ends by itself', async () => {
  await using s = setup();
  s.writeKey('a', 'good');
  await s.pauses.pause({ app: 'a', by: 'alice@host', since: Date.now(), until: Date.now() + 500 });
  await s.run(s.app('a'));
  await s.admit('a', 'later');
  await expect.poll(() => s.sentIds()).toEqual(['later']);
  const ended = s.lines.find(({ msg }) => msg === 'the lane is no longer paused; its deliveries go out');
  expect(ended?.['lastedMs']).toBeGreaterThanOrEqual(500);
});

// Invariant 8.
test('an app with a credential that cannot be used changes nothing, not even for the others', async () => {
  await using s = setup();
  s.writeKey('a', 'good');
  s.writeKey('b', 'unreadable');
  s.writeKey('a2', 'good');
  await s.run(s.app('a'));
  const other = s.app('a', { settings: { keyfile: s.keyFile('a2') } });
  await expect(s.run(other, s.app('b'))).rejects.toMatchObject({
    problems: [{ path: 'apps.b.keyfile', message: 'cannot be read: mend it' }],
  });
  await s.admit('a', 'still');
  await expect.poll(() => s.sentIds()).toEqual(['still']);
  expect(s.counts()).toEqual({ created: 2, closed: 1 });
});

test('an app that is removed ends its sends; what waits stays on Redis, is told, and goes out when it is back', async () => {
  await using s = setup();
  s.writeKey('a', 'good');
  await s.run(s.app('a'));
  const release = s.hold();
  await s.admit('a', 'in flight');
  await expect.poll(() => s.sentIds()).toEqual(['in flight']);
  await s.run();
  await s.admit('a', 'waits');
  expect(s.counts().closed).toBe(0);
  release();
  await expect.poll(() => s.lines.map(({ waiting }) => waiting).filter(Number.isInteger)).toEqual([1]);
  expect(s.counts().closed).toBe(1);
  expect(await s.exposed()).not.toMatch(/carillon_(in_flight|credentials_last_reload_successful)\{app="a"/);
  expect(await s.exposed()).toMatch(/carillon_sends_total\{app="a",outcome="delivered",reason="ok"\} 1/);

  await s.run(s.app('a'));
  await expect.poll(() => s.sentIds()).toEqual(['in flight', 'waits']);
  expect(await s.exposed()).toMatch(/carillon_credentials_last_reload_successful\{app="a"\} 1/);
});

test('other settings bring another provider: what is in flight ends with the old one', async () => {
  await using s = setup();
  s.writeKey('a', 'old');
  s.writeKey('a2', 'new');
  await s.run(s.app('a'));
  const release = s.hold();
  await s.admit('a', 'first');
  await expect.poll(() => s.sends).toEqual([{ id: 'first', key: 'old' }]);
  await s.run(s.app('a', { settings: { keyfile: s.keyFile('a2') } }));
  await s.admit('a', 'second');
  await expect.poll(() => s.sends.at(-1)).toEqual({ id: 'second', key: 'new' });
  expect(s.counts().closed).toBe(0);
  release();
  await expect.poll(() => s.counts().closed).toBe(1);
  // Followed from now on: the new file, and no more the old one.
  s.writeKey('a', 'unreadable');
  s.writeKey('a2', 'newer');
  await s.look();
  await s.admit('a', 'third');
  await expect.poll(() => s.sends.at(-1)).toEqual({ id: 'third', key: 'newer' });
  expect(s.lines.filter(({ level }) => level === 'error')).toEqual([]);
});

test('a bad credential file keeps the provider, and is told once for each content', async () => {
  await using s = setup();
  s.writeKey('a', 'good');
  await s.run(s.app('a'));
  s.writeKey('a', 'unreadable');
  await s.look();
  await s.look();
  expect(s.lines.filter(({ level }) => level === 'error')).toEqual([
    expect.objectContaining({ app: 'a', setting: 'keyfile', cure: 'cannot be read: mend it' }),
  ]);
  expect(await s.exposed()).toMatch(/carillon_credentials_last_reload_successful\{app="a"\} 0/);
  await s.admit('a', 'x');
  await expect.poll(() => s.sends).toEqual([{ id: 'x', key: 'good' }]);
  s.writeKey('a', 'better');
  await s.look();
  expect(await s.exposed()).toMatch(/carillon_credentials_last_reload_successful\{app="a"\} 1/);
  await s.admit('a', 'y');
  await expect.poll(() => s.sends.at(-1)).toEqual({ id: 'y', key: 'better' });
});

test('a parked app whose key file is mended is probed at once, and goes on', async () => {
  await using s = setup();
  s.writeKey('a', 'wrong');
  await s.run(s.app('a'));
  await s.admit('a', 'x');
  await expect.poll(async () => await s.exposed()).toMatch(/carillon_app_parked\{app="a",[^}]*\} 1/);
  s.writeKey('a', 'good');
  await s.look();
  await expect.poll(() => s.sends.at(-1)).toEqual({ id: 'x', key: 'good' });
  await expect.poll(async () => await s.exposed()).toMatch(/carillon_app_parked\{app="a",[^}]*\} 0/);
});
