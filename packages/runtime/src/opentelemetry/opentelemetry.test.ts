import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import type { Delivery } from '@carillon/core';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  startFakeCollector,
  type FakeCollector,
  type FakeCollectorOptions,
} from '../../../../test/fakes/otlp/server.ts';
import { createLog } from '../log/log.ts';
import type { OpenTelemetry, OpenTelemetryOptions, RequestFacts } from './spans.ts';
import { startOpenTelemetry } from './start.ts';

// The SDK looks at the process as a whole, which opens its standard input.
afterAll(() => void process.stdin.destroy());

const delivery: Delivery = {
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  app: 'com.example.app',
  lane: 'high',
  acceptedAt: Date.now() - 1_500,
  expiresAt: Date.now() + 60_000,
  tries: 1,
  notification: { eventId: '$secret-event', prio: 'high', content: { body: 'secret-content' } },
  device: { appId: 'com.example.app', pushkey: 'secret-pushkey' },
};
const queue = '{com.example.app/0}high';
const aTrace = '0af7651916cd43dd8448eb211c80319c';
const aSpan = 'b7ad6b7169203331';

const requestWith = (headers: RequestFacts['headers'] = {}): RequestFacts => ({
  headers,
  httpVersion: '1.1',
  scheme: 'http',
  route: '/_matrix/push/v1/notify',
});

type Settings = Partial<OpenTelemetryOptions['settings']>;

async function setup(settings: Settings = {}, collecting: FakeCollectorOptions = {}) {
  const collector = await startFakeCollector(collecting);
  onTestFinished(() => collector[Symbol.asyncDispose]());
  return { collector, ...(await traceTo(collector, settings)) };
}

async function traceTo({ url }: Pick<FakeCollector, 'url'>, settings: Settings = {}) {
  const lines: Record<string, unknown>[] = [];
  const { log, setContext } = createLog({
    destination: { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const openTelemetry = await startOpenTelemetry({
    settings: { endpoint: `${url}/v1/traces`, sample: 1, limit: 1_000, serviceName: 'carillon', ...settings },
    role: 'ingress',
    version: '1.2.3',
    log,
  });
  if (openTelemetry === undefined) throw new Error('It was not switched on');
  setContext(() => openTelemetry.logFields());
  const stop = (ms = 60_000) => openTelemetry.stop(AbortSignal.timeout(ms));
  onTestFinished(() => stop(0));
  return { openTelemetry, log, lines, stop };
}

/** A request with one device, up to the text that goes with the job. */
function ingressOf(openTelemetry: OpenTelemetry, headers?: RequestFacts['headers']): string | undefined {
  const request = openTelemetry.request(requestWith(headers));
  if (request === undefined) return undefined;
  const job = openTelemetry.run(request, () => openTelemetry.enqueue(delivery, queue));
  job?.end();
  request.end();
  return job?.traceContext;
}

describe('a trace', () => {
  test('goes from the request over the job to the send', async () => {
    const { openTelemetry, stop, collector } = await setup();
    const trace = ingressOf(openTelemetry, { 'user-agent': 'Synapse/1.99' });
    const process = openTelemetry.process(
      { ...delivery, ...(trace !== undefined && { traceContext: trace }) },
      queue,
    );
    if (process === undefined) throw new Error('The job had no trace');
    openTelemetry.run(process, () => {
      const send = openTelemetry.send(delivery, 'apns', 'api.push.apple.com');
      send?.set('carillon.outcome', 'later');
      send?.fail('TooManyRequests');
      send?.end();
    });
    process.end();
    await stop();

    expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(1);
    const byName = new Map(collector.spans.map((span) => [span.name, span]));
    const [server, producer, consumer, client] = [
      byName.get('POST /_matrix/push/v1/notify'),
      byName.get(`enqueue ${queue}`),
      byName.get(`process ${queue}`),
      byName.get('send apns'),
    ];
    expect([server, producer, consumer, client].map((span) => span?.kind)).toEqual([
      'server',
      'producer',
      'consumer',
      'client',
    ]);
    expect([producer, consumer, client].map((span) => span?.parentSpanId)).toEqual([
      server?.spanId,
      producer?.spanId,
      consumer?.spanId,
    ]);
    expect(server).toMatchObject({
      parentSpanId: '',
      service: 'carillon-ingress',
      resource: { 'service.namespace': 'carillon', 'service.version': '1.2.3' },
      attributes: { 'http.request.method': 'POST', 'user_agent.original': 'Synapse/1.99' },
      isError: false,
    });
    expect(consumer?.attributes).toMatchObject({
      'messaging.system': 'bullmq',
      'messaging.operation.type': 'process',
      'messaging.destination.name': queue,
      'carillon.tries': 1,
    });
    expect(consumer?.attributes['carillon.queue.wait_ms']).toBeGreaterThanOrEqual(1_500);
    expect(client).toMatchObject({
      attributes: { 'server.address': 'api.push.apple.com', 'error.type': 'TooManyRequests' },
      isError: true,
    });
    expect(JSON.stringify(collector.spans)).not.toContain('secret');
  });

  test("joins the caller's, with its trace state, also over the job", async () => {
    const { openTelemetry, stop, collector } = await setup({ sample: 1e-9 });
    const headers = { traceparent: `00-${aTrace}-${aSpan}-01`, tracestate: 'vendor=value' };
    const trace = ingressOf(openTelemetry, headers) ?? '';
    openTelemetry.process({ ...delivery, traceContext: trace }, queue)?.end();
    await stop();
    expect(collector.spans.map(({ traceId, traceState }) => [traceId, traceState])).toEqual(
      Array.from({ length: 3 }, () => [aTrace, 'vendor=value']),
    );
    expect(collector.spans.find(({ kind }) => kind === 'server')?.parentSpanId).toBe(aSpan);
  });

  test('is none where the caller says that it is not sampled', async () => {
    const { openTelemetry } = await setup();
    expect(ingressOf(openTelemetry, { traceparent: `00-${aTrace}-${aSpan}-00` })).toBeUndefined();
  });

  test.for<RequestFacts['headers']>([
    { traceparent: '' },
    { traceparent: 'x'.repeat(16_000) },
    { traceparent: `00-${'0'.repeat(32)}-${aSpan}-01` },
    { traceparent: `00-${aTrace}-${'0'.repeat(16)}-01` },
    { traceparent: `ff-${aTrace}-${aSpan}-01` },
    { traceparent: `00-${aTrace}-${aSpan}-01-more` },
    { traceparent: `00-${aTrace}-${aSpan}-01, 00-${aTrace}-${aSpan}-01` },
    { traceparent: `00-${aTrace.toUpperCase()}-${aSpan}-01` },
    { traceparent: '__proto__', tracestate: '__proto__=1' },
  ])('begins anew where its parent cannot be read: %j', async (headers) => {
    const { openTelemetry, stop, collector } = await setup();
    expect(ingressOf(openTelemetry, headers)).toMatch(/^\{"traceparent":"00-[\da-f]{32}-[\da-f]{16}-01"\}$/);
    await stop();
    expect(collector.spans.map(({ traceId }) => traceId)).not.toContain(aTrace);
    expect(collector.spans.find(({ kind }) => kind === 'server')?.parentSpanId).toBe('');
  });

  test('takes no more of a trace state than the standard allows', async () => {
    const { openTelemetry } = await setup();
    const tracestate = Array.from({ length: 500 }, (_, i) => `k${i}=${'v'.repeat(20)}`).join(',');
    const trace = ingressOf(openTelemetry, { traceparent: `00-${aTrace}-${aSpan}-01`, tracestate });
    expect(trace?.length).toBeGreaterThan(100);
    expect(trace?.length).toBeLessThan(700);
  });

  test.for(['', 'null', '5', '[]', '{}', '{"traceparent":5}', '{"traceparent":"x"}', 'x'])(
    'is none for a delivery whose own cannot be read: %s',
    async (trace) => {
      const { openTelemetry } = await setup();
      expect(openTelemetry.process({ ...delivery, traceContext: trace }, queue)).toBeUndefined();
    },
  );
});

describe('how many requests have spans', () => {
  test.for<Settings>([{ endpoint: 'http://127.0.0.1:1/v1/traces', sample: 0 }, { sample: 1 }])(
    'nothing with %j',
    async (settings) => {
      const { log } = createLog({ destination: { write: () => true } });
      const all = { sample: 0.01, limit: 100, serviceName: 'carillon', ...settings };
      expect(await startOpenTelemetry({ settings: all, role: 'worker', version: '1', log })).toBeUndefined();
    },
  );

  test('the share that is set, of requests without a parent', async () => {
    const { openTelemetry } = await setup({ sample: 0.25, limit: 100_000 });
    const traced = Array.from({ length: 4_000 }, () => ingressOf(openTelemetry)).filter(
      (one) => one !== undefined,
    );
    // Six standard deviations on either side.
    expect(traced.length).toBeGreaterThan(835);
    expect(traced.length).toBeLessThan(1_165);
  });

  test('no more than the limit, however many the callers ask for', async () => {
    const { openTelemetry } = await setup({ limit: 10 });
    const headers = { traceparent: `00-${aTrace}-${aSpan}-01` };
    const traced = Array.from({ length: 1_000 }, () => ingressOf(openTelemetry, headers));
    // The loop would have to take 40 s for the limit to grant as many.
    expect(traced.filter((one) => one !== undefined).length).toBeLessThan(400);
  });
});

describe('lines of the log', () => {
  test('carry the ids of the span they were written in, until it has ended', async () => {
    const { openTelemetry, log, lines, stop, collector } = await setup();
    const span = openTelemetry.request(requestWith());
    if (span === undefined) throw new Error('It was not sampled');
    const later = Promise.withResolvers<void>();
    const work = openTelemetry.run(span, async () => {
      await Promise.resolve();
      log.child({ part: 'sender' }).warn('within');
      await later.promise;
      log.warn('afterwards');
    });
    log.warn('outside');
    await expect.poll(() => lines).toHaveLength(2);
    span.end();
    later.resolve();
    await work;
    await stop();
    const [sent] = collector.spans;
    expect(lines.map(({ msg, trace_id, span_id }) => [msg, trace_id, span_id])).toEqual([
      ['outside', undefined, undefined],
      ['within', sent?.traceId, sent?.spanId],
      ['afterwards', undefined, undefined],
    ]);
  });
});

describe('the collector', () => {
  test('gets the headers of the file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-opentelemetry-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const headersFile = join(folder, 'headers');
    await writeFile(headersFile, '# for the collector\nAuthorization: Bearer very-secret\n\nX-Scope: a: b\n');
    const { openTelemetry, stop, collector } = await setup({ headersFile });
    ingressOf(openTelemetry);
    await stop();
    expect(collector.requests[0]).toMatchObject({ authorization: 'Bearer very-secret', 'x-scope': 'a: b' });

    await writeFile(headersFile, 'X-Scope: a\nvery-secret');
    await expect(setup({ headersFile })).rejects.toThrow(/\(.*headers\) has no header in line 2$/);
  });

  test('gets what OTEL_RESOURCE_ATTRIBUTES says of the process', async () => {
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'k8s.pod.name=ingress-7,service.name=other');
    const { openTelemetry, stop, collector } = await setup();
    ingressOf(openTelemetry);
    await stop();
    expect(collector.spans[0]?.resource).toMatchObject({
      'k8s.pod.name': 'ingress-7',
      'service.name': 'carillon-ingress',
    });
  });

  test('that is overloaded is tried again', async () => {
    const { openTelemetry, collector, lines } = await setup(
      {},
      { answer: (request) => (request === 0 ? 503 : 200) },
    );
    ingressOf(openTelemetry);
    await expect.poll(() => collector.spans.length).toBe(2);
    expect(collector.requests).toHaveLength(2);
    expect(lines).toEqual([]);
  });

  test('that refuses spans is told of in the log', async () => {
    const { openTelemetry, stop, lines } = await setup({}, { answer: () => ({ rejectedSpans: 2 }) });
    ingressOf(openTelemetry);
    await stop();
    expect(lines.map(({ msg, err }) => [msg, (err as Error).message])).toEqual([
      ['trouble with the trace collector', 'The collector refused 2 spans'],
    ]);
  });

  test('that is down is told of once, and keeps neither memory nor the end of the process', async () => {
    const vacant = createServer().listen(0, '127.0.0.1');
    await once(vacant, 'listening');
    const { port } = vacant.address() as AddressInfo;
    vacant.close();
    const { openTelemetry, stop, lines } = await traceTo(
      { url: `http://127.0.0.1:${port}` },
      { limit: 100_000 },
    );
    for (let i = 0; i < 10_000; i += 1) ingressOf(openTelemetry);
    await stop();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'warn', err: { code: 'ECONNREFUSED' } });
  });

  test('that never answers is given up at the deadline', async () => {
    const { openTelemetry, stop, collector, lines } = await setup({}, { answer: () => 'hang' });
    ingressOf(openTelemetry);
    const stopped = stop(200);
    await expect.poll(() => collector.requests.length).toBe(1);
    await stopped;
    expect(collector.spans).toEqual([]);
    expect(lines).toEqual([]);
  });
});
