import { SpanStatusCode, type Context, type Span } from '@opentelemetry/api';
import type { RecordedSpan } from './spans.ts';

/** A span that is recorded, with the context that its children begin from. */
export class OpenSpan implements RecordedSpan {
  readonly context: Context;
  readonly #span: Span;

  constructor(span: Span, context: Context) {
    this.#span = span;
    this.context = context;
  }

  set(name: string, value: string | number | boolean): void {
    if (this.#span.isRecording()) this.#span.setAttribute(name, value);
  }

  fail(kind: string): void {
    if (!this.#span.isRecording()) return;
    this.#span.setAttribute('error.type', kind);
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    if (this.#span.isRecording()) this.#span.end();
  }

  /**
   * Nothing once it has ended: connections that a delivery's send opened outlive it, and their lines are not about
   * that delivery.
   */
  logFields(): object {
    if (!this.#span.isRecording()) return {};
    const { traceId, spanId } = this.#span.spanContext();
    return { trace_id: traceId, span_id: spanId };
  }
}
