import type { Delivery, Provider } from '@carillon/core';
import { queueName, type Settlement, type Shards } from '@carillon/queue';
import type { OpenTelemetry } from '@carillon/runtime';
import type { RequeueReason, SettledResult, WorkerObserver } from './observer.ts';

type Handle = (delivery: Delivery) => Promise<Settlement>;

/**
 * Puts spans around what one app's worker does (docs/opentelemetry.md), from the outside: handler and provider do not
 * know of them.
 */
export interface DeliverySpans {
  /** One `process` span for each delivery that is taken. */
  handler(handle: Handle): Handle;
  /** One `send` span within it for each try. */
  provider(provider: Provider): Provider;
  /** Notes on the `process` span what became of the delivery. */
  observer(observer: WorkerObserver): WorkerObserver;
}

export interface RecordedApp {
  readonly name: string;
  /** The provider's. */
  readonly type: string;
}

/** Where no spans are recorded, everything stays as it is. */
export function createDeliverySpans(
  openTelemetry: OpenTelemetry | undefined,
  app: RecordedApp,
  shards: Shards,
): DeliverySpans {
  if (openTelemetry === undefined) return withoutSpans;

  function noted(result: SettledResult | RequeueReason): void {
    const span = openTelemetry?.active();
    span?.set('carillon.result', result);
    if (isTrouble[result]) span?.fail(result);
  }

  return {
    handler: (handle) => async (delivery) => {
      if (delivery.traceContext === undefined) return handle(delivery);
      const shard = shards.placeOf(delivery.device.pushkey);
      const span = openTelemetry.process(delivery, queueName({ app: app.name, lane: delivery.lane, shard }));
      if (span === undefined) return handle(delivery);
      try {
        return await openTelemetry.run(span, () => handle(delivery));
      } catch (error) {
        span.fail('unsettled'); // Redis failed; it comes again
        throw error;
      } finally {
        span.end();
      }
    },
    provider: (provider) => ({
      close: () => provider.close(),
      async send(delivery) {
        if (delivery.traceContext === undefined) return provider.send(delivery);
        const span = openTelemetry.send(delivery, app.type, provider.server?.(delivery));
        if (span === undefined) return provider.send(delivery);
        try {
          const outcome = await openTelemetry.run(span, () => provider.send(delivery));
          span.set('carillon.outcome', outcome.kind);
          span.set('carillon.reason', outcome.reason);
          if (outcome.kind !== 'delivered') span.fail(outcome.reason);
          return outcome;
        } finally {
          span.end();
        }
      },
    }),
    observer: (observer) => ({
      ...observer,
      settled(delivery, result) {
        noted(result);
        observer.settled(delivery, result);
      },
      requeued(delivery, reason, until) {
        noted(reason);
        observer.requeued(delivery, reason, until);
      },
    }),
  };
}

const withoutSpans: DeliverySpans = {
  handler: (handle) => handle,
  provider: (provider) => provider,
  observer: (observer) => observer,
};

/** A dead pushkey is how registrations end, and no error of the delivery. */
const isTrouble: Readonly<Record<SettledResult | RequeueReason, boolean>> = {
  delivered: false,
  dead: false,
  rejected: false,
  superseded: false,
  dry_run: false,
  refused: true,
  expired: true,
  later: true,
  parked: true,
  suspect: true,
};
