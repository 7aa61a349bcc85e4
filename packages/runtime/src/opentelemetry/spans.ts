import type { Delivery } from '@carillon/core';
import type { Settings } from '../config/config-schema.ts';
import type { Log } from '../log.ts';

/**
 * The traces of a process (docs/tracing.md). Spans are given out only for what is sampled, so undefined means that
 * there is nothing to record. None of it throws, and none waits for the collector.
 */
export interface Tracing {
  /** The span of a request to the front door: a child of the caller's where its `traceparent` can be read. */
  request(request: TracedRequest): TraceSpan | undefined;
  /** The span of putting a delivery on its queue, within the active one. */
  enqueue(delivery: Delivery, queue: string): JobSpan | undefined;
  /** The span of one taking of a delivery from its queue, a child of the one that put it there. */
  process(delivery: Delivery, queue: string): TraceSpan | undefined;
  /** The span of one try at the provider, within the active one. `server` is a host without its port. */
  send(delivery: Delivery, provider: string, server: string | undefined): TraceSpan | undefined;
  /** Runs the work, and whatever it waits for, with this span as the active one. */
  run<T>(span: TraceSpan, work: () => T): T;
  active(): TraceSpan | undefined;
  /** `trace_id` and `span_id` for a line of the log, of the active span while that has not ended. */
  logFields(): object;
  /** Hands over what has ended. Gives up when `deadline` is aborted. Never rejects. */
  stop(deadline: AbortSignal): Promise<void>;
}

export interface TracedRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly httpVersion: string;
  readonly scheme: string;
  /** The path that the route stands under, which is also the path asked for. */
  readonly route: string;
}

export interface TraceSpan {
  set(name: string, value: string | number | boolean): void;
  /** Marks it as an error; the kind is from a closed set. */
  fail(kind: string): void;
  /** Later calls do nothing. */
  end(): void;
}

export interface JobSpan extends TraceSpan {
  /** Goes into `delivery.traceContext`. */
  readonly traceContext: string;
}

export interface TracingOptions {
  readonly settings: Settings['tracing'];
  /** Ends the service's name, such as `ingress`. */
  readonly role: string;
  readonly version: string;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/**
 * Undefined where nothing is traced. Only otherwise are the libraries of OpenTelemetry loaded. Throws an
 * `OperatorError` for an unfit `tracing.headers_file`.
 */
export async function startTracing(options: TracingOptions): Promise<Tracing | undefined> {
  const { endpoint, sample } = options.settings;
  if (endpoint === undefined || sample === 0) return undefined;
  const { createTracing } = await import('./open-telemetry.ts');
  return createTracing({ ...options, endpoint });
}
