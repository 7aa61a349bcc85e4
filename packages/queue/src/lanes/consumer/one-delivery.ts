import { decodeDelivery, encodeDelivery, type Delivery } from '@carillon/core';
import { parseLaneName, type LaneRef } from '../../layout/keys.ts';
import type { CrashWatch } from './crash-watch.ts';
import type { HandedIn } from './handed-in.ts';
import type { InFlight } from './in-flight.ts';
import type { ServedQueues, Settlement } from './served-queues.ts';
import type { Kept, TakenJob } from './turn.ts';

export interface ConsumerObserver {
  /** Redis refused or failed; the consumer goes on trying by itself. */
  trouble(error: unknown): void;
  /** A delivery that cannot be read, or crashed its workers too often, was set aside. */
  deadLettered(queue: LaneRef, reason: string, delivery?: Delivery): void;
  /** Deliveries of a crashed or frozen worker were put back. */
  recovered(queue: LaneRef, count: number): void;
  /** So were some that this worker was handed out as its connection broke, and never heard of. */
  unheard?(queue: LaneRef, count: number): void;
  /** One that a newer version wrote, which was left as it is for a worker of that version (invariant 17). */
  newer?(queue: LaneRef): void;
  /** One of those of a crashed or frozen worker was taken again, for the `stalls`th time. */
  retaken?(delivery: Delivery, stalls: number): void;
  /** It was in flight when the consumer was stopped, and went back (invariant 11). */
  givenBack?(delivery: Delivery): void;
}

export interface OneDeliveryOptions {
  readonly served: ServedQueues;
  readonly inFlight: InFlight;
  readonly handedIn: HandedIn;
  readonly crashWatch: CrashWatch;
  readonly jobKey: (job: TakenJob) => string;
  readonly observer: ConsumerObserver;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Who makes workers crash is found by the crash watch; this only ends what nothing else ends. */
const maxStalls = 100;
/** A later version's worker takes it meanwhile. */
const newerAgainMs = 5_000;
/** What was in flight as its handler failed is tried again after this. */
const faultAgainMs = 7_000;

/** Takes one job through: reads it, has it handled, and lays down what becomes of it for the next turn. Never rejects. */
export function createOneDelivery(options: OneDeliveryOptions): (job: TakenJob) => Promise<void> {
  const { served, inFlight, handedIn, crashWatch, observer } = options;

  function keep(job: TakenJob, kept: WithoutPlace<Kept>): void {
    handedIn.keep({ queue: job.queue, id: job.id, ...kept });
  }

  function setAside(job: TakenJob, reason: string, delivery?: Delivery, data?: string): void {
    keep(job, { what: 'dead', reason, ...(data !== undefined && { data }) });
    observer.deadLettered(parseLaneName(job.queue), reason, delivery);
  }

  function settle(job: TakenJob, delivery: Delivery, settlement: Settlement): void {
    switch (settlement.kind) {
      case 'finish':
        handedIn.finish({ ...job, leavesClaim: delivery.unclaimed !== true });
        return;
      case 'delay':
        keep(job, {
          what: 'delay',
          until: settlement.until,
          data: encodeDelivery(settlement.delivery),
          ...(settlement.why !== undefined && { why: settlement.why }),
        });
        return;
      case 'return':
        keep(job, { what: 'return' });
        served.changed(); // its app may have been closed just now
        return;
      default:
        settlement satisfies never;
    }
  }

  return async (job) => {
    const queue = served.get(job.queue);
    if (queue === undefined) return keep(job, { what: 'return' }); // its app has just left
    if (job.data === null) return setAside(job, 'its data are gone');
    const stored = decodeDelivery(job.data, { id: job.id, ...parseLaneName(job.queue) });
    if (stored.kind === 'newer') {
      observer.newer?.(parseLaneName(job.queue));
      return keep(job, { what: 'delay', until: options.now() + newerAgainMs, data: job.data });
    }
    if (stored.kind === 'unreadable') return setAside(job, 'not a delivery', undefined, asJson(job.data));
    const { delivery } = stored;
    if (job.stalls > maxStalls) return setAside(job, 'came back from its workers too often', delivery);
    inFlight.read(job, delivery);
    if (job.stalls > 0) observer.retaken?.(delivery, job.stalls);
    try {
      const handle = () => queue.handle(delivery);
      const settlement =
        job.stalls === 0 ? await handle() : await crashWatch.start(options.jobKey(job), handle);
      if (inFlight.isAbandoned(job)) return;
      if (settlement === undefined) setAside(job, 'crashed its workers', delivery);
      else settle(job, delivery, settlement);
    } catch (error) {
      observer.trouble(error);
      if (inFlight.isAbandoned(job)) return;
      keep(job, { what: 'delay', until: options.now() + faultAgainMs, data: job.data });
    }
  };
}

type WithoutPlace<T> = T extends unknown ? Omit<T, 'queue' | 'id'> : never;

/** BullMQ's tools can only show jobs whose data are JSON, so what is none becomes a JSON text. */
function asJson(data: string): string | undefined {
  try {
    JSON.parse(data);
    return undefined;
  } catch {
    return JSON.stringify(data);
  }
}
