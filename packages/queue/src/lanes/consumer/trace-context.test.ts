import type { Delivery } from '@carillon/core';
import { propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { Worker, type Job } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdmissionDesk } from '../admission/admission.ts';
import { startPrivateRedis, type PrivateRedis } from '../../../../../test/redis/private-redis.ts';
import { queueName } from '../../layout/keys.ts';
import { fixedShards } from '../../layout/shards.ts';
import { connectPatiently } from '../../redis/redis.ts';
import { deliveryFor } from '../../delivery.testing.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(async () => {
  await server.stop();
  process.stdin.destroy(); // the SDK looks at the process as a whole, which opens its standard input
});

test("BullMQ's own worker and bullmq-otel carry on the trace of a delivery", async () => {
  const connection = connectPatiently(server.settings);
  const keyPrefix = 't';
  const desk = createAdmissionDesk(connection, {
    keyPrefix,
    shards: fixedShards(1),
    rejectionTtlMs: 60_000,
    gatherMs: 0,
  });
  const exporter = new InMemorySpanExporter();
  const spans = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  trace.setGlobalTracerProvider(spans);
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const enqueueSpan = 'b7ad6b7169203331';
  const delivery: Delivery = {
    ...deliveryFor(),
    traceContext: JSON.stringify({ traceparent: `00-${traceId}-${enqueueSpan}-01` }),
  };
  await desk.admit({ delivery, maxBacklog: 1_000 });
  const seen = Promise.withResolvers<Job>();
  const worker = new Worker(
    queueName({ app: 'app', shard: 0, lane: 'high' }),
    (job) => {
      seen.resolve(job);
      return Promise.resolve();
    },
    { connection, prefix: keyPrefix, drainDelay: 60, telemetry: new BullMQOtel() },
  );
  expect((await seen.promise).id).toBe(delivery.id);
  const processSpan = () => exporter.getFinishedSpans().find(({ name }) => name.startsWith('process '));
  await expect.poll(processSpan).toBeDefined();
  expect(processSpan()?.spanContext().traceId).toBe(traceId);
  expect(processSpan()?.parentSpanContext?.spanId).toBe(enqueueSpan);
  await worker.close();
  connection.disconnect();
  trace.disable();
  propagation.disable();
});
