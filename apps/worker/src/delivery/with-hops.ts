import type { Delivery, Outcome } from '@carillon/core';
import type { HopKind, HopRecorder, NewHop } from '@carillon/hops';
import type { RequeueReason, SettledResult, WorkerObserver } from './observer.ts';

/** What is delivered later than this is a problem that somebody may ask about. */
const lateMs = 5_000;

/** Ends that a send does not tell of already. */
const endings: Readonly<Partial<Record<SettledResult, HopKind>>> = {
  expired: 'expired',
  rejected: 'found_dead',
  superseded: 'superseded',
  dry_run: 'dry_run',
};

const requeues = {
  later: 'delayed',
  parked: 'parked',
  suspect: 'awaits_fuse',
} as const satisfies Record<RequeueReason, HopKind>;

/** Adds to an observer that each delivery's hops are taken down for `carillon trace`. */
export function withHops(
  observer: WorkerObserver,
  recorder: HopRecorder,
  now: () => number = Date.now,
): WorkerObserver {
  /** What each hop of a worker tells. */
  const about = ({ id, app, lane }: Delivery) => ({ at: now(), app, lane, deliveryId: id });

  /** With what ties it to its event, since the front door may have kept nothing of it. */
  function problem(delivery: Delivery, hop: NewHop): void {
    const { acceptedAt: at, notification, device } = delivery;
    const eventKey = notification.eventId === '' ? undefined : notification.eventId;
    if (eventKey === undefined && delivery.hops === false) return; // a badge update: nobody can ask for it
    if (eventKey !== undefined) {
      const { pushkey } = device;
      const { roomId: room, sender } = notification;
      recorder.problem(
        { kind: 'accepted', ...about(delivery), at, eventKey, pushkey, room, sender },
        eventKey,
      );
    }
    recorder.problem(hop, eventKey);
  }

  return {
    ...observer,
    sent(delivery, outcome, seconds) {
      observer.sent(delivery, outcome, seconds);
      const hop = hopOfSend(about(delivery), outcome, seconds);
      const isOrdinary =
        outcome.kind === 'delivered' && delivery.tries === 0 && hop.at - delivery.acceptedAt < lateMs;
      if (!isOrdinary) problem(delivery, hop);
      else if (delivery.hops !== false) recorder.ordinary(hop);
    },
    settled(delivery, result) {
      observer.settled(delivery, result);
      const kind = endings[result];
      if (kind !== undefined) problem(delivery, { kind, ...about(delivery) });
    },
    requeued(delivery, reason, until) {
      observer.requeued(delivery, reason, until);
      const kind = requeues[reason];
      problem(delivery, { kind, ...about(delivery), until });
    },
    retaken(delivery, stalls) {
      observer.retaken?.(delivery, stalls);
      problem(delivery, { kind: 'recovered', word: String(stalls), ...about(delivery) });
    },
    givenBack(delivery) {
      observer.givenBack?.(delivery);
      problem(delivery, { kind: 'given_back', ...about(delivery) });
    },
    deadLettered(queue, reason, delivery) {
      observer.deadLettered(queue, reason, delivery);
      if (delivery !== undefined)
        problem(delivery, { kind: 'dead_letter', word: reason, ...about(delivery) });
    },
  };
}

function hopOfSend(about: Omit<NewHop, 'kind'>, outcome: Outcome, seconds: number): NewHop {
  return {
    kind: outcome.kind === 'dead' && outcome.suspect ? 'suspect' : outcome.kind,
    ...about,
    word: outcome.reason,
    durationMs: seconds * 1_000,
    providerId: outcome.kind === 'delivered' ? outcome.providerId : undefined,
    cure: outcome.kind === 'misconfigured' ? outcome.cure : undefined,
  };
}
