import { propagation, ROOT_CONTEXT, type Context } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BullMQOtel } from 'bullmq-otel';

/**
 * A trace's context in the form that a job carries it in: what bullmq-otel writes and reads as the job's `opts.tm`,
 * so that BullMQ's own queues and workers carry on the same trace.
 */
export interface JobContext {
  write(context: Context): string;
  /** Undefined for a text without a context. */
  read(text: string): Context | undefined;
  close(): void;
}

/** bullmq-otel reads and writes by the propagator that is set for the whole process, so it is set here. */
export function openJobContext(): JobContext {
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const { contextManager } = new BullMQOtel();
  return {
    write: (context) => contextManager.getMetadata(context),
    read(text) {
      try {
        const context = contextManager.fromMetadata(ROOT_CONTEXT, text);
        return context === ROOT_CONTEXT ? undefined : context;
      } catch {
        return undefined; // another program's words on the job
      }
    },
    close: () => propagation.disable(),
  };
}
