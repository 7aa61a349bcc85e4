import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { catalogue } from './catalogue.ts';
import { createFamily, type Definition, type Family, type Label } from './family.ts';
import type { QueueReading, QueueSource } from './queue-reader.ts';
import { unsafeProblems, type RedisReading, type RedisSource } from './redis-reading.ts';
import { createScrapeReader } from './scrape-reader.ts';

export interface CounterSeries {
  inc(by?: number): void;
}

export interface GaugeSeries {
  set(value: number): void;
  inc(by?: number): void;
  dec(by?: number): void;
}

export interface HistogramSeries {
  /** In the unit of the metric's name: seconds. A negative time, which two clocks can make, counts as 0. */
  observe(value: number): void;
}

type SeriesOf<Type extends Definition['type']> = {
  counter: CounterSeries;
  gauge: GaugeSeries;
  histogram: HistogramSeries;
}[Type];

/** Every metric of the catalogue, from label values to the series: `sends(app, 'dead', 'Unregistered').inc()`. */
export type MetricFamilies = {
  readonly [Key in keyof typeof catalogue]: Family<
    (typeof catalogue)[Key]['labels'],
    SeriesOf<(typeof catalogue)[Key]['type']>
  >;
};

export interface Metrics extends MetricFamilies {
  /** Says why an app is parked, or with `undefined` that it no longer is. */
  setParked(app: string, reason: string | undefined): void;
  /** Says what trouble of the provider holds an app, or with `undefined` that none does. */
  setBreaker(app: string, reason: string | undefined): void;
  /** The apps of the configuration, in place of those said before. */
  setApps(apps: readonly { readonly name: string; readonly type: string }[]): void;
  /** The expiry of every certificate in use, in seconds since 1970, in place of those said before. */
  setCredentialExpiries(expiries: readonly CredentialExpiry[]): void;
  /** Takes the gauges of an app away that this process has no more. What was counted stays counted. */
  forgetApp(app: string): Promise<void>;
  /** Has the queues read at scrapes from now on, and their ages told by this clock. Without it the metrics of the queues are absent. */
  readQueuesWith(source: QueueSource, now?: () => number): void;
  /** Has Redis itself read at scrapes from now on. The function it returns has it read now. */
  readRedisWith(source: RedisSource): () => Promise<void>;
  /** Everything, as Prometheus reads it. */
  expose(): Promise<Exposition>;
}

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
  /** The same at each listener of one process, different in any other process: to add pages up, count each process once. */
  readonly processId: string;
}

export interface CredentialExpiry {
  readonly app: string;
  /** The setting that names its file. */
  readonly credential: string;
  readonly seconds: number;
}

export interface MetricsOptions {
  readonly version: string;
  /** Whether the metrics of Node and of the process stand beside ours; default: yes. */
  readonly ofProcess?: boolean;
}

/**
 * Gauges of prom-client that are named as counters, which `promtool check metrics` refuses. Their sums are in
 * `nodejs_active_resources`, `nodejs_active_handles` and `nodejs_active_requests`.
 */
const misnamed = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
] as const;

/** The metrics that are read from Redis while Prometheus waits. */
const ofQueues = [
  'queueWaiting',
  'queueDelayed',
  'queueOldest',
  'queueLater',
  'queueLaterOldest',
  'queueWorkers',
  'deadLetters',
] as const;
const ofMemory = ['redisMemoryUsed', 'redisMemoryMax'] as const;
const ofRedis = [...ofMemory, 'redisUnsafe'] as const;
/** How long a reading serves further scrapes. */
const freshMs = { queues: 1_500, redis: 4_000 } as const;

/** Those that say how an app is in this process, and would go on saying it when it is gone. */
const gaugesOfApps: readonly string[] = Object.entries(catalogue)
  .filter(([key]) => key !== 'appInfo' && !ofQueues.some((name) => name === key))
  .map(([, definition]): Definition => definition)
  .filter(({ type, labels }) => type === 'gauge' && labels.some(({ name }) => name === 'app'))
  .map(({ name }) => name);

/**
 * The metrics of one process, in a registry of their own. A series exists from the moment it is asked for, at
 * zero: asking for those of every app at the start makes rates right from the first event on.
 */
export function createMetrics({ version, ofProcess = true }: MetricsOptions): Metrics {
  const registry = new Registry();
  const processId = randomUUID();
  if (ofProcess) {
    collectDefaultMetrics({ register: registry });
    for (const name of misnamed) registry.removeSingleMetric(name);
  }
  const forget = (keys: readonly (keyof typeof catalogue)[]): void => {
    for (const key of keys) registry.getSingleMetric(catalogue[key].name)?.reset();
  };
  let clock = Date.now;
  const queues = createScrapeReader<readonly QueueReading[]>({
    apply(readings) {
      forget(ofQueues);
      const now = clock();
      for (const { app, lane, waiting, delayed, oldestAt = now, later, workers, deadLetters } of readings) {
        families.queueWaiting(app, lane).set(waiting);
        families.queueDelayed(app, lane).set(delayed);
        families.queueWorkers(app, lane).set(workers);
        families.queueOldest(app, lane).set(Math.max(0, now - oldestAt) / 1_000);
        families.queueLaterOldest(app, lane).set(Math.max(0, now - (later?.oldestAt ?? now)) / 1_000);
        if (later !== undefined) families.queueLater(app, lane, later.reason).set(later.known);
        if (deadLetters !== undefined) families.deadLetters(app).inc(deadLetters); // from 0: it was reset
      }
    },
    failed() {
      forget(ofQueues); // what could not be read must not look like an empty queue
      families.queueReadFailures().inc();
    },
    freshMs: freshMs.queues,
  });
  const redis = createScrapeReader<readonly RedisReading[]>({
    apply(readings) {
      forget(ofMemory);
      for (const { node, usedBytes, maxBytes } of readings) {
        families.redisMemoryUsed(node).set(usedBytes);
        families.redisMemoryMax(node).set(maxBytes);
      }
      const found = new Set(readings.flatMap(({ findings }) => findings.map(({ problem }) => problem)));
      for (const problem of unsafeProblems) families.redisUnsafe(problem).set(found.has(problem) ? 1 : 0);
    },
    failed: () => forget(ofMemory),
    freshMs: freshMs.redis,
  });
  const families = Object.fromEntries(
    Object.entries(catalogue).map(([key, definition]) => [
      key,
      registerFamily(definition, registry, readerOf(key)),
    ]),
    // Both sides have the catalogue's keys, and `registerFamily` follows each one's `type`.
  ) as unknown as MetricFamilies;

  function readerOf(key: string): (() => Promise<void>) | undefined {
    if (ofQueues.some((name) => name === key)) return queues.refresh;
    return ofRedis.some((name) => name === key) ? redis.refresh : undefined;
  }

  families.buildInfo(version).set(1);
  const setParked = oneReasonAtATime(families.parked);
  const setBreaker = oneReasonAtATime(families.breakerOpen);
  let busyMs = 0;

  function countBusyTime(): void {
    const { active } = performance.eventLoopUtilization();
    families.eventLoopBusy().inc(Math.max(0, active - busyMs) / 1_000);
    busyMs = active;
  }

  return {
    ...families,
    setParked,
    setBreaker,
    setApps(apps) {
      registry.getSingleMetric(catalogue.appInfo.name)?.reset();
      for (const { name, type } of apps) families.appInfo(name, type).set(1);
    },
    setCredentialExpiries(expiries) {
      registry.getSingleMetric(catalogue.credentialExpiry.name)?.reset();
      for (const { app, credential, seconds } of expiries) {
        families.credentialExpiry(app, credential).set(seconds);
      }
    },
    async forgetApp(app) {
      setParked(app, undefined);
      setBreaker(app, undefined);
      for (const name of gaugesOfApps) {
        const gauge = registry.getSingleMetric(name);
        for (const { labels } of (await gauge?.get())?.values ?? []) {
          if (labels['app'] === app) gauge?.remove(labels);
        }
      }
    },
    readQueuesWith(source, now = Date.now) {
      clock = now;
      queues.setSource(source);
    },
    readRedisWith(source) {
      redis.setSource(source);
      return redis.refresh;
    },
    async expose() {
      countBusyTime();
      return { contentType: registry.contentType, text: await registry.metrics(), processId };
    },
  };
}

/** For a gauge of which an app has one series at 1, or none. */
function oneReasonAtATime(gauge: (app: string, reason: string) => GaugeSeries) {
  const reasons = new Map<string, string>();
  return (app: string, reason: string | undefined): void => {
    const before = reasons.get(app);
    if (before === reason) return;
    if (before !== undefined) gauge(app, before).set(0);
    if (reason === undefined) reasons.delete(app);
    else {
      reasons.set(app, reason);
      gauge(app, reason).set(1);
    }
  };
}

function registerFamily(definition: Definition, registry: Registry, collect?: () => Promise<void>) {
  const { name, help, labels, buckets = [] } = definition;
  const options = { name, help, labelNames: labels.map((label) => label.name), registers: [registry] };
  switch (definition.type) {
    case 'counter': {
      const counter = new Counter(options);
      return createFamily<readonly Label[], CounterSeries>(labels, (values) => {
        const series = counter.labels(values);
        series.inc(0);
        return series;
      });
    }
    case 'gauge': {
      const gauge = new Gauge({ ...options, ...(collect !== undefined && { collect }) });
      return createFamily<readonly Label[], GaugeSeries>(labels, (values) => {
        const series = gauge.labels(values);
        series.set(0);
        return series;
      });
    }
    case 'histogram': {
      const histogram = new Histogram({ ...options, buckets: [...buckets] });
      return createFamily<readonly Label[], HistogramSeries>(labels, (values) => {
        histogram.zero(values);
        const series = histogram.labels(values);
        return { observe: (value) => series.observe(value > 0 ? value : 0) };
      });
    }
    default:
      return definition.type satisfies never;
  }
}
