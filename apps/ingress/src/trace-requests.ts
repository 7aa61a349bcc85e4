import { queueName, shardOf, type Admission, type AdmissionDesk } from '@carillon/queue';
import type { Tracing, TraceSpan } from '@carillon/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Traces the requests of one route (docs/tracing.md). Routes that are added later are traced too. */
export function traceRequests(app: FastifyInstance, tracing: Tracing, route: string): void {
  const spans = new WeakMap<FastifyRequest, TraceSpan>();

  app.addHook('onRequest', (request, _reply, done) => {
    if (request.method !== 'POST' || request.routeOptions.url !== route) return done();
    const { headers, httpVersion } = request.raw;
    const span = tracing.request({ headers, httpVersion, scheme: request.protocol, route });
    if (span === undefined) return done();
    spans.set(request, span);
    return tracing.run(span, done);
  });
  app.addHook('onResponse', (request, { statusCode }, done) => {
    const span = spans.get(request);
    span?.set('http.response.status_code', statusCode);
    // Of a server, 4xx are the caller's errors (semantic conventions for HTTP spans, "Status").
    if (statusCode >= 500) span?.fail(String(statusCode));
    span?.end();
    done();
  });
  app.addHook('onRequestAbort', (request, done) => {
    const span = spans.get(request);
    span?.fail('aborted');
    span?.end();
    done();
  });
}

const dropped: ReadonlySet<Admission> = new Set(['shed', 'backlog_full']);

/** Traces what becomes of each delivery at the desk, and has the trace go with it. */
export function traceAdmissions(desk: AdmissionDesk, tracing: Tracing): AdmissionDesk {
  return {
    async admit(request) {
      const { delivery, shards } = request;
      const { app, lane, device } = delivery;
      const queue = queueName({ app, lane, shard: shardOf(device.pushkey, shards) });
      const span = tracing.enqueue(delivery, queue);
      if (span === undefined) return desk.admit(request);
      try {
        const admission = await desk.admit({ ...request, delivery: { ...delivery, trace: span.jobTrace } });
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
