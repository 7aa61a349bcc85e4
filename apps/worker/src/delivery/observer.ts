import type { Delivery, Lane, Outcome } from '@carillon/core';
import type { ConsumerObserver, ParkedApp, Pause } from '@carillon/queue';

/** What the worker reports of its work, so that it knows nothing of Prometheus. */
export interface WorkerObserver extends ConsumerObserver {
  /** One answer of a provider. `seconds` is the send's own duration. */
  sent(delivery: Delivery, outcome: Outcome, seconds: number): void;
  /** A delivery left the queue; `result` says how. */
  settled(delivery: Delivery, result: SettledResult): void;
  /** A delivery went back to the queue, to be taken again; not before `until` (milliseconds since 1970), if given. */
  requeued(delivery: Delivery, reason: RequeueReason, until?: number): void;
  /** Deliveries of one lane that this worker has in flight, and how many it may have. */
  inFlight(app: string, lane: Lane, count: number, limit: number): void;
  rejectionRecorded(app: string, reason: string): void;
  suspected(app: string, reason: string): void;
  parked(app: string, parked: ParkedApp): void;
  resumed(app: string, parked: ParkedApp): void;
  /** An operator has paused a lane, or that has ended. */
  paused(app: string, lane: Lane, pause: Pause): void;
  unpaused(app: string, lane: Lane, pause: Pause): void;
}

/** How a delivery ends. Only the first rings a phone; all are counted (invariant 1d). */
export type SettledResult =
  | 'delivered'
  | 'dead'
  | 'refused'
  /** Not sent any more: too late to be of use (invariant 9). */
  | 'expired'
  /** Not sent: its pushkey was found dead while it waited. */
  | 'rejected'
  /** Not sent: a badge update that a newer one overtook. */
  | 'superseded'
  /** Not sent: its app is in dry run. */
  | 'dry_run';

export type RequeueReason =
  /** To be tried again at its time. */
  | 'later'
  /** Its app is parked, or held by the breaker. */
  | 'parked'
  /** Its pushkey is a suspect. */
  | 'suspect';
