import type { ServerResponse } from 'node:http';
import { queueName, type Admission, type AdmissionDesk, type Shards } from '@carillon/queue';
import type { OpenTelemetry, RecordedSpan } from '@carillon/runtime';
import type { FastifyInstance } from 'fastify';

/** Records the requests of one route (docs/opentelemetry.md), also where the route is added later. */
export function recordRequests(app: FastifyInstance, openTelemetry: OpenTelemetry, route: string): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'POST' || request.routeOptions.url !== route) return done();
    const { headers, httpVersion } = request.raw;
    const span = openTelemetry.request({ headers, httpVersion, scheme: request.protocol, route });
    if (span === undefined) return done();
    // Comes also where the caller hangs up before there is an answer.
    reply.raw.once('close', () => {
      conclude(span, reply.raw);
      span.end();
    });
    return openTelemetry.run(span, done);
  });
}

function conclude(span: RecordedSpan, { statusCode, writableFinished }: ServerResponse): void {
  if (!writableFinished) return span.fail('aborted');
  span.set('http.response.status_code', statusCode);
  // Of a server, 4xx are the caller's errors (semantic conventions for HTTP spans, "Status").
  if (statusCode >= 500) span.fail(String(statusCode));
}

const dropped: ReadonlySet<Admission> = new Set(['shed', 'backlog_full']);

/** Records what becomes of each delivery at the desk, and sends the span's context along with the delivery. */
export function recordAdmissions(
  desk: AdmissionDesk,
  openTelemetry: OpenTelemetry,
  shards: Shards,
): AdmissionDesk {
  return {
    async admit(request) {
      const { delivery } = request;
      const { app, lane, device } = delivery;
      const queue = queueName({ app, lane, shard: shards.placeOf(device.pushkey) });
      const span = openTelemetry.enqueue(delivery, queue);
      if (span === undefined) return desk.admit(request);
      try {
        const admission = await desk.admit({
          ...request,
          delivery: { ...delivery, traceContext: span.traceContext },
        });
        span.set('carillon.admission', admission);
        if (dropped.has(admission)) span.fail(admission);
        return admission;
      } catch (error) {
        span.fail('unconfirmed');
        throw error;
      } finally {
        span.end();
      }
    },
  };
}
