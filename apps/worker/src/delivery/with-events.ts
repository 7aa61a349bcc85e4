import type { Delivery, EventKind, EventSink } from '@carillon/core';
import type { WorkerObserver } from './observer.ts';

/** Adds to an observer that an operator's own system is told what became of deliveries, and how apps are. */
export function withEvents(observer: WorkerObserver, events: EventSink, now: () => number): WorkerObserver {
  function tell(kind: EventKind, delivery: Delivery, facts: Readonly<Record<string, string | number>>): void {
    if (!events.wants(kind)) return;
    const { app, lane, acceptedAt, device, notification } = delivery;
    const at = now();
    const { eventId = '' } = notification;
    events.tell({
      kind,
      app,
      at,
      pushkey: device.pushkey,
      ...(eventId !== '' && { eventId }),
      facts: { app_id: device.appId, lane, seconds: Math.max(0, at - acceptedAt) / 1_000, ...facts },
    });
  }

  return {
    ...observer,
    sent(delivery, outcome, seconds) {
      observer.sent(delivery, outcome, seconds);
      const { kind, reason } = outcome;
      if (kind === 'delivered')
        tell('delivery.delivered', delivery, {
          reason,
          ...(outcome.providerId !== undefined && { provider_id: outcome.providerId }),
        });
      else if (kind === 'refused') tell('delivery.refused', delivery, { reason });
      // A suspect is told of once the fuse has decided, when its delivery is found dead.
      else if (kind === 'dead' && !outcome.suspect) tell('delivery.dead', delivery, { reason });
    },
    settled(delivery, result) {
      observer.settled(delivery, result);
      if (result === 'expired') tell('delivery.expired', delivery, { reason: 'expired' });
      else if (result === 'rejected') tell('delivery.dead', delivery, { reason: 'found_dead' });
    },
    deadLettered(queue, reason, delivery) {
      observer.deadLettered(queue, reason, delivery);
      if (delivery !== undefined) tell('delivery.dead_letter', delivery, { reason });
    },
    parked(app, parked) {
      observer.parked(app, parked);
      const { kind, reason, cure, since } = parked;
      const facts = { reason, cure, since: isoTime(since) };
      events.tell({ kind: kind === 'outage' ? 'app.held' : 'app.parked', app, at: now(), facts });
    },
    resumed(app, parked) {
      observer.resumed(app, parked);
      const facts = { reason: parked.reason, since: isoTime(parked.since) };
      events.tell({ kind: 'app.resumed', app, at: now(), facts });
    },
    paused(app, lane, pause) {
      observer.paused(app, lane, pause);
      const { by, reason = null, since, until } = pause;
      const ends = until === undefined ? null : isoTime(until);
      events.tell({
        kind: 'app.paused',
        app,
        at: now(),
        facts: { lane, by, reason, since: isoTime(since), until: ends },
      });
    },
    unpaused(app, lane, pause) {
      observer.unpaused(app, lane, pause);
      const facts = { lane, by: pause.by, since: isoTime(pause.since) };
      events.tell({ kind: 'app.unpaused', app, at: now(), facts });
    },
  };
}

const isoTime = (ms: number): string => new Date(ms).toISOString();
