import type { Delivery } from '@carillon/core';
import type { Settings } from '../config/schema/config-schema.ts';
import type { Log } from '../log/log.ts';

/**
 * The spans of a process (docs/opentelemetry.md). They are given out only for what is sampled, so undefined means that
 * there is nothing to record. None of it throws, and none waits for the collector.
 */
export interface OpenTelemetry {
  /** The span of a request to the front door: a child of the caller's where its `traceparent` can be read. */
  request(request: RequestFacts): RecordedSpan | undefined;
  /** The span of putting a delivery on its queue, within the active one. */
  enqueue(delivery: Delivery, queue: string): JobSpan | undefined;
  /** The span of one taking of a delivery from its queue, a child of the one that put it there. */
  process(delivery: Delivery, queue: string): RecordedSpan | undefined;
  /** The span of one try at the provider, within the active one. `server` is a host without its port. */
  send(delivery: Delivery, provider: string, server: string | undefined): RecordedSpan | undefined;
  /** Runs the work, and all that it waits for, with this span as the active one. */
  run<T>(span: RecordedSpan, work: () => T): T;
  active(): RecordedSpan | undefined;
  /** `trace_id` and `span_id` for a line of the log, of the active span while that has not ended. */
  logFields(): object;
  /** Hands over what has ended. Gives up when `deadline` is aborted. Never rejects. */
  stop(deadline: AbortSignal): Promise<void>;
}

export interface RequestFacts {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly httpVersion: string;
  readonly scheme: string;
  /** The path that the route stands under, which is also the path asked for. */
  readonly route: string;
}

export interface RecordedSpan {
  set(name: string, value: string | number | boolean): void;
  /** Marks it as an error; the kind is from a closed set. */
  fail(kind: string): void;
  /** Later calls do nothing. */
  end(): void;
}

export interface JobSpan extends RecordedSpan {
  /** Goes into `delivery.traceContext`. */
  readonly traceContext: string;
}

export interface OpenTelemetryOptions {
  readonly settings: Settings['opentelemetry'];
  /** Ends the service's name, such as `ingress`. */
  readonly role: string;
  readonly version: string;
  readonly log: Pick<Log, 'info' | 'warn'>;
}
