import { connect, type Socket } from 'node:net';
import type { Delivery } from '@carillon/core';
import type { Admission, AdmissionDesk } from '@carillon/queue';
import { fixedShards } from '@carillon/queue';
import { createLog, startOpenTelemetry } from '@carillon/runtime';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { startFakeCollector } from '../../../test/fakes/otlp/server.ts';
import { createHttpApp, notifyPath } from './http-app.ts';
import type { Intake } from './intake.ts';
import { recordAdmissions } from './request-spans.ts';

// The SDK looks at the process as a whole, which opens its standard input.
afterAll(() => void process.stdin.destroy());

const delivery: Delivery = {
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  app: 'com.example.app',
  lane: 'high',
  acceptedAt: Date.now(),
  expiresAt: Date.now() + 60_000,
  tries: 0,
  notification: { prio: 'high' },
  device: { appId: 'com.example.app', pushkey: 'pushkey' },
};
const body = JSON.stringify({ notification: { devices: [{ app_id: 'com.example.app', pushkey: 'k' }] } });

/** A listening ingress whose intake asks a traced desk for one delivery. */
async function setup(admit: AdmissionDesk['admit']) {
  const collector = await startFakeCollector();
  onTestFinished(() => collector[Symbol.asyncDispose]());
  const lines: Record<string, unknown>[] = [];
  const { log, setContext } = createLog({
    destination: { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const endpoint = `${collector.url}/v1/traces`;
  const openTelemetry = await startOpenTelemetry({
    settings: { endpoint, sample: 1, limit: 100, serviceName: 'carillon' },
    role: 'ingress',
    version: '1.2.3',
    log,
  });
  if (openTelemetry === undefined) throw new Error('It was not switched on');
  setContext(() => openTelemetry.logFields());
  const desk = recordAdmissions({ admit }, openTelemetry, fixedShards(1));
  const intake: Intake = {
    async accept() {
      await desk.admit({ delivery, maxBacklog: 10 });
      return [];
    },
  };
  const app = createHttpApp({
    intake,
    maxBodyBytes: 10_000,
    maxDevices: 10,
    trustProxy: [],
    keepAliveMs: 620_000,
    unifiedPush: () => true,
    openTelemetry,
    observer: {
      answered: () => undefined,
      called: () => undefined,
      queueFailed: () => log.warn('no queue'),
      fault: (error) => log.error({ err: error }, 'fault'),
    },
  });
  onTestFinished(() => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    lines,
    app,
    post: async (text: string) =>
      (await fetch(url + notifyPath, { method: 'POST', body: text, headers: { connection: 'close' } }))
        .status,
    spans: async () => {
      await app.close();
      await openTelemetry.stop(AbortSignal.timeout(60_000));
      return collector.spans.toSorted((a, b) => a.kind.localeCompare(b.kind));
    },
  };
}

test.for<[Admission, boolean]>([
  ['queued', false],
  ['duplicate', false],
  ['shed', true],
])('what becomes of a delivery stands in its trace, and goes with it: %s', async ([admission, isError]) => {
  const admitted: Delivery[] = [];
  const s = await setup((request) => {
    admitted.push(request.delivery);
    return Promise.resolve(admission);
  });
  expect(await s.post(body)).toBe(200);
  const [producer, server] = await s.spans();
  expect(server).toMatchObject({ attributes: { 'http.response.status_code': 200 }, isError: false });
  expect(producer).toMatchObject({
    name: 'enqueue {0.3}com.example.app/high',
    parentSpanId: server?.spanId,
    attributes: { 'carillon.admission': admission },
    isError,
  });
  const { traceId, spanId } = producer ?? {};
  expect(admitted[0]?.traceContext).toBe(JSON.stringify({ traceparent: `00-${traceId}-${spanId}-01` }));
});

test('a queue that does not confirm is an error, and the line about it has the ids', async () => {
  const s = await setup(() => Promise.reject(new Error('Redis is away')));
  expect(await s.post(body)).toBe(503);
  const [producer, server] = await s.spans();
  expect(producer).toMatchObject({ attributes: { 'error.type': 'unconfirmed' }, isError: true });
  expect(server).toMatchObject({ attributes: { 'error.type': '503' }, isError: true });
  expect(s.lines[0]).toMatchObject({ msg: 'no queue', trace_id: server?.traceId, span_id: server?.spanId });
});

test('what the caller did wrong is no error of ours, and other routes are not traced', async () => {
  const s = await setup(() => Promise.resolve('queued'));
  expect(await s.post('{')).toBe(400);
  await fetch(s.url + notifyPath);
  await fetch(`${s.url}/health`);
  expect(
    (await s.spans()).map(({ attributes, isError }) => [attributes['http.response.status_code'], isError]),
  ).toEqual([[400, false]]);
});

test('a caller that hangs up in the middle ends its span', async () => {
  const arrived = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<Admission>();
  const s = await setup(() => {
    arrived.resolve();
    return gone.promise;
  });
  const noticed = Promise.withResolvers<void>();
  s.app.server.once('connection', (accepted: Socket) => accepted.once('close', () => noticed.resolve()));
  const socket = connect(Number(new URL(s.url).port), '127.0.0.1');
  socket.write(
    `POST ${notifyPath} HTTP/1.1\r\nHost: h\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  await arrived.promise;
  socket.destroy();
  await noticed.promise;
  gone.resolve('queued');
  expect((await s.spans()).map(({ kind, attributes }) => [kind, attributes['error.type']])).toEqual([
    ['producer', undefined],
    ['server', 'aborted'],
  ]);
});
