import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Delivery } from '@carillon/core';
import {
  defaultTextMapGetter,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Context,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { createTroubleLog } from '../log/trouble-log.ts';
import { readHeadersFile } from './headers-file.ts';
import { openJobContext } from './job-context.ts';
import { createOtlpExporter } from './otlp-exporter.ts';
import { OpenSpan } from './open-span.ts';
import { createRequestLimit } from './request-limit.ts';
import type { OpenTelemetry, OpenTelemetryOptions, RecordedSpan } from './spans.ts';

/** Ended spans that wait for the collector; what comes on top while it is away is lost. Some 2 MB. */
const maxWaitingSpans = 2_048;
/** Put into protobuf in one go, which holds up everything else for a millisecond or so. */
const spansABatch = 256;
const sendEveryMs = 2_000;
/** Longer than the exporter takes, so that one batch is on its way at a time. */
const exportTimeoutMs = 15_000;
/** Strangers choose the user agent and the trace state. */
const maxAttributeLength = 256;

/** Spans by OpenTelemetry's SDK. Only `startOpenTelemetry` loads this file, and only where spans are recorded. */
export function createOpenTelemetry(
  options: OpenTelemetryOptions & { readonly endpoint: string },
): OpenTelemetry {
  const { settings, endpoint, log } = options;
  const exporter = createOtlpExporter({
    url: endpoint,
    headers: settings.headersFile === undefined ? {} : readHeadersFile(settings.headersFile),
    trouble: createTroubleLog(log, 'the trace collector'),
  });
  const current = new AsyncLocalStorage<OpenSpan | undefined>();
  const provider = new TracerProvider({
    resource: resourceOf(options),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.sample) }),
    spanLimits: { attributeValueLengthLimit: maxAttributeLength },
    spanProcessors: [
      new BatchSpanProcessor({
        // What the exporter logs is not about the span whose end filled a batch.
        exporter: {
          ...exporter,
          export: (spans, heard) => current.run(undefined, () => exporter.export(spans, heard)),
        },
        maxQueueSize: maxWaitingSpans,
        maxExportBatchSize: spansABatch,
        scheduledDelayMillis: sendEveryMs,
        exportTimeoutMillis: exportTimeoutMs,
      }),
    ],
  });
  const tracer = provider.getTracer('carillon', options.version);
  const callers = new W3CTraceContextPropagator();
  const jobs = openJobContext();
  const limit = createRequestLimit(settings.limit);

  /** Attributes are worked out only for what is sampled. */
  function open(name: string, kind: SpanKind, parent: Context, attributes: () => Attributes) {
    const span = tracer.startSpan(name, { kind }, parent);
    if (!span.isRecording()) return undefined;
    span.setAttributes(attributes());
    return new OpenSpan(span, trace.setSpan(ROOT_CONTEXT, span));
  }

  return {
    request({ headers, httpVersion, scheme, route }) {
      const parent =
        headers['traceparent'] === undefined
          ? ROOT_CONTEXT
          : callers.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      const span = open(`POST ${route}`, SpanKind.SERVER, parent, () => ({
        'http.request.method': 'POST',
        'http.route': route,
        'url.path': route,
        'url.scheme': scheme,
        'network.protocol.version': httpVersion,
        ...(typeof headers['user-agent'] === 'string' && { 'user_agent.original': headers['user-agent'] }),
      }));
      return span !== undefined && limit.take() ? span : undefined;
    },
    enqueue(delivery, queue) {
      const parent = current.getStore();
      if (parent === undefined) return undefined;
      const attributes = () => ({ ...queued(delivery, queue), ...operation('enqueue', 'send') });
      const span = open(`enqueue ${queue}`, SpanKind.PRODUCER, parent.context, attributes);
      return span === undefined ? undefined : Object.assign(span, { traceContext: jobs.write(span.context) });
    },
    process(delivery, queue) {
      if (delivery.traceContext === undefined) return undefined;
      const parent = jobs.read(delivery.traceContext);
      if (parent === undefined) return undefined;
      return open(`process ${queue}`, SpanKind.CONSUMER, parent, () => ({
        ...queued(delivery, queue),
        ...operation('process', 'process'),
        'carillon.tries': delivery.tries,
        'carillon.queue.wait_ms': Date.now() - delivery.acceptedAt,
      }));
    },
    send(delivery, to, server) {
      const parent = current.getStore();
      if (parent === undefined) return undefined;
      return open(`send ${to}`, SpanKind.CLIENT, parent.context, () => ({
        'http.request.method': 'POST',
        ...(server !== undefined && { 'server.address': server }),
        'carillon.provider': to,
        'carillon.app': delivery.app,
        'carillon.lane': delivery.lane,
        'carillon.tries': delivery.tries,
      }));
    },
    run: <T>(span: RecordedSpan, work: () => T): T =>
      span instanceof OpenSpan ? current.run(span, work) : work(),
    active: () => current.getStore(),
    logFields: () => current.getStore()?.logFields() ?? {},
    async stop(deadline) {
      exporter.lastTries();
      const flushed = provider.shutdown().catch(() => undefined); // reported where it was sent
      await unlessAborted(flushed, deadline);
      exporter.abandon();
      await flushed;
      jobs.close();
    },
  };
}

/** Semantic conventions for messaging; the system is BullMQ, whose layout the queues have. */
function queued({ app, lane }: Delivery, queue: string): Attributes {
  return {
    'messaging.system': 'bullmq',
    'messaging.destination.name': queue,
    'carillon.app': app,
    'carillon.lane': lane,
  };
}

function operation(name: string, type: 'send' | 'process'): Attributes {
  return { 'messaging.operation.name': name, 'messaging.operation.type': type };
}

/** What `OTEL_RESOURCE_ATTRIBUTES` says, and over it what the configuration says. */
function resourceOf({ settings, role, version }: OpenTelemetryOptions) {
  return defaultResource()
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
    .merge(
      resourceFromAttributes({
        'service.namespace': settings.serviceName,
        'service.name': `${settings.serviceName}-${role}`,
        'service.version': version,
        'service.instance.id': randomUUID(),
      }),
    );
}

async function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const onAbort = (): void => aborted.resolve();
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  await Promise.race([work, aborted.promise]);
  signal.removeEventListener('abort', onAbort);
}
