import type { Delivery, Outcome } from '@carillon/core';
import { fixedShards } from '@carillon/queue';
import { createLog, startOpenTelemetry } from '@carillon/runtime';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { startFakeCollector } from '../../../../test/fakes/otlp/server.ts';
import { createDeliverySpans } from './delivery-spans.ts';
import type { WorkerObserver } from './observer.ts';

// The SDK looks at the process as a whole, which opens its standard input.
afterAll(() => void process.stdin.destroy());

const app = { name: 'com.example.app', type: 'apns' };
const traceId = '0af7651916cd43dd8448eb211c80319c';
const delivery: Delivery = {
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  app: app.name,
  lane: 'high',
  acceptedAt: Date.now(),
  expiresAt: Date.now() + 60_000,
  tries: 0,
  traceContext: JSON.stringify({ traceparent: `00-${traceId}-b7ad6b7169203331-01` }),
  notification: { prio: 'high' },
  device: { appId: app.name, pushkey: 'pushkey' },
};
const ignore = (): void => undefined;
const observer: WorkerObserver = {
  sent: ignore,
  settled: ignore,
  requeued: ignore,
  inFlight: ignore,
  rejectionRecorded: ignore,
  suspected: ignore,
  parked: ignore,
  resumed: ignore,
  paused: ignore,
  unpaused: ignore,
  trouble: ignore,
  deadLettered: ignore,
  recovered: ignore,
};

async function setup() {
  const collector = await startFakeCollector();
  onTestFinished(() => collector[Symbol.asyncDispose]());
  const lines: string[] = [];
  const { log, setContext } = createLog({ destination: { write: (line) => lines.push(line) } });
  const openTelemetry = await startOpenTelemetry({
    settings: {
      endpoint: `${collector.url}/v1/traces`,
      sample: 0.01,
      limit: 100,
      serviceName: 'carillon',
    },
    role: 'worker',
    version: '1.2.3',
    log,
  });
  setContext(() => openTelemetry?.logFields() ?? {});
  return {
    subject: createDeliverySpans(openTelemetry, app, fixedShards(1)),
    log,
    lines,
    spans: async () => {
      await openTelemetry?.stop(AbortSignal.timeout(60_000));
      return collector.spans;
    },
  };
}

test('a try and what became of the delivery stand in its trace, and a provider logs their ids', async () => {
  const { subject, log, lines, spans } = await setup();
  const outcome: Outcome = {
    kind: 'later',
    reason: 'TooManyRequests',
    sent: true,
    backoff: 'throttled',
    scope: 'device',
    spendsTry: true,
  };
  const watched = subject.observer(observer);
  const provider = subject.provider({
    async send() {
      await Promise.resolve();
      log.warn('throttled');
      return outcome;
    },
    server: () => 'api.push.apple.com',
    close: () => Promise.resolve(),
  });
  const handle = subject.handler(async (taken) => {
    expect(await provider.send(taken)).toBe(outcome);
    watched.requeued(taken, 'later');
    return { kind: 'delay', until: 0, delivery: taken };
  });
  expect(await handle(delivery)).toEqual({ kind: 'delay', until: 0, delivery });

  const [client, consumer] = (await spans()).toSorted((a, b) => a.kind.localeCompare(b.kind));
  expect(consumer).toMatchObject({
    name: 'process {0.3}com.example.app/high',
    traceId,
    parentSpanId: 'b7ad6b7169203331',
    attributes: { 'carillon.result': 'later', 'error.type': 'later' },
    isError: true,
  });
  expect(client).toMatchObject({
    name: 'send apns',
    traceId,
    parentSpanId: consumer?.spanId,
    attributes: {
      'server.address': 'api.push.apple.com',
      'carillon.outcome': 'later',
      'carillon.reason': 'TooManyRequests',
      'error.type': 'TooManyRequests',
    },
    isError: true,
  });
  expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ trace_id: traceId, span_id: client?.spanId });
});

test('what is reported of a delivery is passed on as it is', async () => {
  const { subject } = await setup();
  const reports: unknown[][] = [];
  const watched = subject.observer({
    ...observer,
    settled: (...report) => reports.push(report),
    requeued: (...report) => reports.push(report),
  });
  watched.requeued(delivery, 'later', 1_795_249_875_000);
  watched.settled(delivery, 'expired');
  expect(reports).toEqual([
    [delivery, 'later', 1_795_249_875_000],
    [delivery, 'expired'],
  ]);
});

test('a dead pushkey is an error of its send, and none of its delivery', async () => {
  const { subject, spans } = await setup();
  const watched = subject.observer(observer);
  const provider = subject.provider({
    send: () => Promise.resolve({ kind: 'dead', reason: 'Unregistered', sent: true, suspect: false }),
    close: () => Promise.resolve(),
  });
  await subject.handler(async (taken) => {
    await provider.send(taken);
    watched.settled(taken, 'dead');
    return { kind: 'finish' };
  })(delivery);
  const errors = (await spans()).map(({ kind, isError }) => [kind, isError]);
  expect(new Map(errors as [string, boolean][])).toEqual(
    new Map([
      ['client', true],
      ['consumer', false],
    ]),
  );
});

test('a handler that fails ends its span as an error and fails as before', async () => {
  const { subject, spans } = await setup();
  const handle = subject.handler(() => Promise.reject(new Error('Redis is away')));
  await expect(handle(delivery)).rejects.toThrow('Redis is away');
  expect((await spans()).map(({ isError, attributes }) => [isError, attributes['error.type']])).toEqual([
    [true, 'unsettled'],
  ]);
});

test('a delivery without a trace has no spans', async () => {
  const { subject, spans } = await setup();
  const { traceContext: _traceContext, ...plain } = delivery;
  const provider = subject.provider({
    send: () => Promise.resolve({ kind: 'delivered', reason: 'ok', sent: true }),
    close: () => Promise.resolve(),
  });
  await subject.handler(async (taken) => {
    await provider.send(taken);
    return { kind: 'finish' };
  })(plain);
  expect(await spans()).toEqual([]);
});

test('where no spans are recorded, handler, provider and observer stay what they are', () => {
  const subject = createDeliverySpans(undefined, app, fixedShards(1));
  const handle = () => Promise.resolve({ kind: 'finish' } as const);
  expect(subject.handler(handle)).toBe(handle);
  expect(subject.observer(observer)).toBe(observer);
});
