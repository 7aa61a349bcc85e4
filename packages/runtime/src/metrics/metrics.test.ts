import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { catalogue, noApp } from './catalogue.ts';
import { maxSeries, overflowValue, type Definition } from './family.ts';
import { createMetrics } from './metrics.ts';
import { createProviderObserver } from './provider-observer.ts';
import { withWarnings } from './redis-reading.ts';
import { metricsReference } from './reference.ts';

function setup() {
  const metrics = createMetrics({ version: '1.2.3', ofProcess: false });
  const series = async (): Promise<Readonly<Record<string, number>>> => {
    const { text } = await metrics.expose();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  };
  return { metrics, series };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the metrics', () => {
  test('count, measure and time under the labels that were asked for', async () => {
    const { metrics, series } = setup();
    metrics.httpRequests(200).inc();
    metrics.devices('com.example.*', 'queued').inc(2);
    metrics.devices(noApp, 'unknown_app').inc();
    metrics.sends('a', 'dead', 'Unregistered').inc();
    metrics.inFlight('a', 'high').inc();
    metrics.inFlight('a', 'high').inc();
    metrics.inFlight('a', 'high').dec();
    metrics.sendDuration('a').observe(0.02);
    metrics.httpRequestDuration().observe(0.003);
    metrics.deliveryDuration('a', 'calls').observe(40);
    expect(await series()).toMatchObject({
      'carillon_build_info{version="1.2.3"}': 1,
      'carillon_http_requests_total{status="200"}': 1,
      'carillon_devices_total{app="com.example.*",result="queued"}': 2,
      'carillon_devices_total{app="(none)",result="unknown_app"}': 1,
      'carillon_sends_total{app="a",outcome="dead",reason="Unregistered"}': 1,
      'carillon_in_flight{app="a",lane="high"}': 1,
      'carillon_send_duration_seconds_bucket{le="0.01",app="a"}': 0,
      'carillon_send_duration_seconds_bucket{le="0.025",app="a"}': 1,
      carillon_http_request_duration_seconds_count: 1,
      'carillon_delivery_seconds_bucket{le="30",app="a",lane="calls"}': 0,
      'carillon_delivery_seconds_bucket{le="60",app="a",lane="calls"}': 1,
      'carillon_delivery_seconds_sum{app="a",lane="calls"}': 40,
    });
  });

  test('say when the certificates in use expire, and no others', async () => {
    const { metrics, series } = setup();
    const name = 'carillon_credential_expiry_timestamp_seconds';
    metrics.setCredentialExpiries([
      { app: 'a', credential: 'certfile', seconds: 1_800_000_000 },
      { app: 'b', credential: 'ca_file', seconds: 1_900_000_000 },
    ]);
    metrics.setCredentialExpiries([{ app: 'b', credential: 'ca_file', seconds: 2_000_000_000 }]);
    const expiries = Object.entries(await series()).filter(([key]) => key.startsWith(name));
    expect(expiries).toEqual([[`${name}{app="b",credential="ca_file"}`, 2_000_000_000]]);
  });

  test('forget how an app is that is gone, but not what was counted; and tell of it when it is back', async () => {
    const { metrics, series } = setup();
    for (const app of ['a', 'b']) {
      metrics.inFlight(app, 'high').set(3);
      metrics.setParked(app, 'fuse');
      metrics.devices(app, 'queued').inc();
    }
    await metrics.forgetApp('a');
    const before = await series();
    expect(Object.keys(before).filter((key) => key.includes('app="a"'))).toEqual([
      'carillon_devices_total{app="a",result="queued"}',
    ]);
    expect(before).toMatchObject({
      'carillon_in_flight{app="b",lane="high"}': 3,
      'carillon_app_parked{app="b",reason="fuse"}': 1,
    });
    metrics.setParked('a', 'fuse');
    metrics.inFlight('a', 'high').set(1);
    expect(await series()).toMatchObject({
      'carillon_in_flight{app="a",lane="high"}': 1,
      'carillon_app_parked{app="a",reason="fuse"}': 1,
    });
  });

  test('exist at zero from the moment they are asked for, and are the same ones when asked for again', async () => {
    const { metrics, series } = setup();
    const queued = metrics.devices('a', 'queued');
    expect(metrics.devices('a', 'queued')).toBe(queued);
    metrics.sendDuration('a');
    expect(await series()).toMatchObject({
      'carillon_devices_total{app="a",result="queued"}': 0,
      'carillon_send_duration_seconds_count{app="a"}': 0,
      carillon_queue_read_failures_total: 0,
    });
  });

  test('take a time before the start, as clocks that differ make it, for none', async () => {
    const { metrics, series } = setup();
    metrics.deliveryDuration('a', 'low').observe(-3);
    expect(await series()).toMatchObject({
      'carillon_delivery_seconds_bucket{le="0.005",app="a",lane="low"}': 1,
      'carillon_delivery_seconds_sum{app="a",lane="low"}': 0,
    });
  });

  test('do not grow without bound when a label does', async () => {
    const { metrics, series } = setup();
    for (let index = 0; index < maxSeries + 500; index += 1) metrics.suspects('a', `reason ${index}`).inc();
    metrics.suspects('a', 'reason 0').inc();
    const all = Object.entries(await series()).filter(([name]) => name.startsWith('carillon_suspects'));
    expect(all).toHaveLength(maxSeries + 1);
    expect(all).toContainEqual([
      `carillon_suspects_total{app="${overflowValue}",reason="${overflowValue}"}`,
      500,
    ]);
    expect(all).toContainEqual(['carillon_suspects_total{app="a",reason="reason 0"}', 2]);
  });

  test('say why an app is parked, and no longer when it is not', async () => {
    const { metrics, series } = setup();
    metrics.setParked('a', 'InvalidProviderToken');
    metrics.setParked('a', 'fuse');
    expect(await series()).toMatchObject({
      'carillon_app_parked{app="a",reason="InvalidProviderToken"}': 0,
      'carillon_app_parked{app="a",reason="fuse"}': 1,
    });
    metrics.setParked('a', undefined);
    metrics.setParked('b', undefined);
    expect(await series()).toMatchObject({ 'carillon_app_parked{app="a",reason="fuse"}': 0 });
  });

  test('know of connections and unknown answers from what providers report', async () => {
    const { metrics, series } = setup();
    const observer = createProviderObserver(metrics);
    observer.connectionOpened('a');
    observer.connectionOpened('a');
    observer.connectionClosed('a', 'goaway');
    observer.unknownAnswer('a', 418);
    expect(await series()).toMatchObject({
      'carillon_provider_connections{app="a"}': 1,
      'carillon_provider_connections_closed_total{app="a",reason="goaway"}': 1,
      'carillon_unknown_answers_total{app="a",status="418"}': 1,
    });
  });

  test('of two processes in one do not mix', async () => {
    const first = setup();
    const second = setup();
    first.metrics.httpRequests(200).inc();
    expect(await second.series()).not.toHaveProperty('carillon_http_requests_total{status="200"}');
  });

  test('tell how busy the event loop was', async () => {
    const { metrics, series } = setup();
    const busy = async () => (await series())['carillon_event_loop_busy_seconds_total'] ?? NaN;
    const before = await busy();
    metrics.eventLoopBusy().inc(0);
    const until = performance.now() + 50;
    while (performance.now() < until); // nothing but a loop that works makes it busy
    await new Promise((resolve) => setImmediate(resolve));
    expect((await busy()) - before).toBeGreaterThanOrEqual(0.05);
  });

  test('fit the rules of promtool, those of the process too', async () => {
    const metrics = createMetrics({ version: '1' });
    for (const family of [metrics.sendDuration, metrics.sends, metrics.inFlight] as const)
      (family as (...labels: readonly string[]) => unknown)('a', 'high', 'reason');
    const { text } = await metrics.expose();
    expect(text).toContain('nodejs_active_handles');
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect([checked.status, checked.stdout, checked.stderr]).toEqual([0, '', '']);
  });

  test('include those of the process when asked', async () => {
    const { text, contentType } = await createMetrics({ version: '1' }).expose();
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });
});

describe('the metrics of the queues', () => {
  const reading = { app: 'a', lane: 'high', waiting: 7, delayed: 2, workers: 3 } as const;
  const waiting = 'carillon_queue_waiting{app="a",lane="high"}';

  test('are read at the scrape', async () => {
    vi.useFakeTimers();
    const { metrics, series } = setup();
    expect(await series()).not.toHaveProperty(waiting);
    const oldestAt = Date.now() - 1_500;
    metrics.readQueuesWith(async () => [
      { ...reading, oldestAt, later: { known: 4, oldestAt: oldestAt - 1_000, reason: 'http_503' } },
      { app: 'b', lane: 'low', waiting: 0, delayed: 0, workers: 0 },
      { app: 'c', lane: 'low', waiting: 1, delayed: 0, workers: 1, oldestAt: Date.now() + 9_000 },
    ]);
    expect(await series()).toMatchObject({
      [waiting]: 7,
      'carillon_queue_delayed{app="a",lane="high"}': 2,
      'carillon_queue_oldest_seconds{app="a",lane="high"}': 1.5,
      'carillon_queue_later{app="a",lane="high",reason="http_503"}': 4,
      'carillon_queue_later_oldest_seconds{app="a",lane="high"}': 2.5,
      'carillon_queue_later_oldest_seconds{app="b",lane="low"}': 0,
      'carillon_queue_workers{app="a",lane="high"}': 3,
      'carillon_queue_workers{app="b",lane="low"}': 0,
      'carillon_queue_oldest_seconds{app="b",lane="low"}': 0,
      'carillon_queue_oldest_seconds{app="c",lane="low"}': 0,
    });
  });

  test('tell the dead letters of an app, until nobody counts them any more', async () => {
    vi.useFakeTimers();
    const { metrics, series } = setup();
    metrics.readQueuesWith(async () => [{ ...reading, deadLetters: 3 }]);
    expect(await series()).toMatchObject({ 'carillon_dead_letters{app="a"}': 3 });
    metrics.readQueuesWith(async () => [reading]);
    vi.advanceTimersByTime(2_000);
    expect(await series()).not.toHaveProperty(['carillon_dead_letters{app="a"}']);
  });

  test('are read once for scrapes that come together or shortly after each other', async () => {
    vi.useFakeTimers();
    const { metrics, series } = setup();
    let reads = 0;
    metrics.readQueuesWith(async () => {
      reads += 1;
      return [{ ...reading, waiting: reads }];
    });
    const [first, second] = await Promise.all([series(), series()]);
    expect([first[waiting], second[waiting]]).toEqual([1, 1]);
    vi.advanceTimersByTime(1_499);
    expect((await series())[waiting]).toBe(1);
    vi.advanceTimersByTime(1);
    expect((await series())[waiting]).toBe(2);
    expect(reads).toBe(2);
  });

  test('are absent, not zero and not old, when the queues cannot be read', async () => {
    vi.useFakeTimers();
    const { metrics, series } = setup();
    metrics.readQueuesWith(async () => [reading]);
    expect(await series()).toHaveProperty([waiting]);
    metrics.readQueuesWith(() => Promise.reject(new Error('Redis is gone')));
    vi.advanceTimersByTime(2_000);
    expect(await series()).not.toHaveProperty([waiting]);
    expect((await series())['carillon_queue_read_failures_total']).toBe(1);
    metrics.readQueuesWith(async () => [reading]);
    vi.advanceTimersByTime(2_000);
    expect((await series())[waiting]).toBe(7);
  });

  test('keep no scrape waiting for a Redis that hangs, nor ask it again meanwhile', async () => {
    vi.useFakeTimers();
    const { metrics, series } = setup();
    let reads = 0;
    const hanging = Promise.withResolvers<readonly (typeof reading)[]>();
    metrics.readQueuesWith(() => {
      reads += 1;
      return hanging.promise;
    });
    const scrapes = [series(), series()];
    await vi.advanceTimersByTimeAsync(3_000);
    for (const scrape of await Promise.all(scrapes)) expect(scrape).not.toHaveProperty([waiting]);
    await series(); // nothing is waited for any more
    expect(reads).toBe(1);

    hanging.resolve([reading]);
    await vi.advanceTimersByTimeAsync(0);
    const { [waiting]: late, carillon_queue_read_failures_total: failures } = await series();
    expect({ late, failures }).toEqual({ late: 7, failures: 2 });
  });
});

describe('the metrics of Redis', () => {
  const reading = { node: 'redis:6379', usedBytes: 700, maxBytes: 1_000, findings: [], forbidden: [] };
  const used = 'carillon_redis_memory_used_bytes{node="redis:6379"}';
  const finding = { problem: 'eviction', detail: 'it forgets', cure: 'do not let it' };
  const unsafe = (problem: string) => `carillon_redis_unsafe{problem="${problem}"}`;

  test('tell its memory and each problem, at the scrape or when asked', async () => {
    vi.useFakeTimers();
    const { metrics, series } = setup();
    expect(await series()).not.toHaveProperty([used]);
    const readNow = metrics.readRedisWith(async () => [{ ...reading, findings: [finding] }]);
    await readNow();
    expect(await series()).toMatchObject({
      [used]: 700,
      'carillon_redis_memory_max_bytes{node="redis:6379"}': 1_000,
      [unsafe('eviction')]: 1,
      [unsafe('persistence')]: 0,
    });
    metrics.readRedisWith(async () => [{ ...reading, node: 'other:6379' }]);
    vi.advanceTimersByTime(4_000);
    const after = await series();
    expect(after).not.toHaveProperty([used]);
    expect(after).toMatchObject({ [used.replace('redis:', 'other:')]: 700, [unsafe('eviction')]: 0 });
  });

  test('forget the memory of a Redis that cannot be read, but not what was wrong with it', async () => {
    vi.useFakeTimers();
    const { metrics, series } = setup();
    await metrics.readRedisWith(async () => [{ ...reading, findings: [finding] }])();
    metrics.readRedisWith(() => Promise.reject(new Error('Redis is gone')));
    vi.advanceTimersByTime(4_000);
    const after = await series();
    expect(after).not.toHaveProperty([used]);
    expect(after[unsafe('eviction')]).toBe(1);
  });

  test('come with one warning for each problem, however often it is seen, and a line when it is gone', async () => {
    const lines: string[] = [];
    const line = (fields: object, message: string): void =>
      void lines.push(`${JSON.stringify(fields)} ${message}`);
    let findings = [finding];
    const read = withWarnings(async () => [{ ...reading, findings, forbidden: ['INFO', 'CONFIG'] }], {
      warn: line,
      info: line,
    });
    await read();
    await read();
    expect(lines).toEqual([
      '{"node":"redis:6379","problem":"eviction","cure":"do not let it"} redis is not fit to hold what was promised: it forgets',
      expect.stringMatching(/\+info.*INFO is forbidden/),
      expect.stringContaining('CONFIG is forbidden'),
    ]);
    findings = [];
    await read();
    findings = [finding];
    await read();
    expect(lines.slice(3)).toEqual([
      '{"node":"redis:6379","problem":"eviction"} a problem of redis is mended',
      lines[0],
    ]);
  });
});

describe('the catalogue', () => {
  const definitions: readonly Definition[] = Object.values(catalogue);

  test('names every metric once, by the conventions of Prometheus', () => {
    const names = definitions.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, type, help } of definitions) {
      expect(name).toMatch(/^carillon_[a-z_]+[a-z]$/);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      expect([name, type === 'histogram' && !name.endsWith('_seconds')]).toEqual([name, false]);
      expect(help).toMatch(/\.$/);
    }
  });

  test('has no label whose values a stranger chooses', () => {
    const allowed = new Set([
      'version',
      'status',
      'app',
      'type',
      'result',
      'outcome',
      'reason',
      'lane',
      'problem',
      'node',
      'credential',
      'rank',
    ]);
    const names = definitions.flatMap(({ labels }) => labels.map(({ name }) => name));
    expect(names.filter((name) => !allowed.has(name))).toEqual([]);
  });

  test('has buckets in rising order', () => {
    for (const { buckets = [] } of definitions)
      expect(buckets).toEqual([...new Set(buckets)].toSorted((a, b) => a - b));
  });

  test('is the reference: a row for each metric, in the same words as the exposition', async () => {
    const { metrics } = setup();
    const { text } = await metrics.expose();
    const rows = metricsReference().trim().split('\n').slice(2);
    expect(rows).toHaveLength(definitions.length);
    for (const { name, type, help } of definitions) {
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
      expect(
        rows.filter((row) => row.startsWith(`| \`${name}\` | ${type} | `) && row.endsWith(`| ${help} |`)),
      ).toHaveLength(1);
    }
    expect(rows).toContain(
      "| `carillon_in_flight` | gauge | `app`: an app's name in the configuration, or `(none)`; `lane`: `calls`, `high`, `low` | Deliveries that this worker has in flight. |",
    );
  });
});
