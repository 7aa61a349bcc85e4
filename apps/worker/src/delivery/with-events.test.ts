import type { Delivery, OperatorEvent, Outcome } from '@carillon/core';
import { createLog, createMetrics, createTroubleLog } from '@carillon/runtime';
import { expect, test } from 'vitest';
import { createMeasuredObserver } from './measured-observer.ts';
import { withEvents } from './with-events.ts';

function setup(wanted: (kind: string) => boolean = () => true) {
  const told: OperatorEvent[] = [];
  const { log } = createLog({ level: 'silent' });
  const measured = createMeasuredObserver(
    createMetrics({ version: '1', ofProcess: false }),
    log,
    createTroubleLog(log, 'redis'),
    Date.now,
  );
  const observer = withEvents(measured, { wants: wanted, tell: (event) => told.push(event) }, Date.now);
  return { observer, told };
}

const delivery: Delivery = {
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  app: 'app',
  lane: 'high',
  acceptedAt: Date.now() - 2_000,
  expiresAt: Date.now() + 60_000,
  tries: 0,
  notification: {
    eventId: '$event',
    roomId: '!room',
    sender: '@a:b',
    prio: 'high',
    content: { body: 'secret' },
  },
  device: { appId: 'app.id', pushkey: 'pushkey', data: { token: 'secret' } },
};

test('each end of a delivery is told once, with what identifies it and no content', () => {
  const { observer, told } = setup();
  const outcomes: Outcome[] = [
    { kind: 'delivered', reason: 'ok', providerId: 'id-1' },
    { kind: 'refused', reason: 'PayloadTooLarge' },
    { kind: 'dead', reason: 'Unregistered', suspect: false },
    { kind: 'dead', reason: 'BadDeviceToken', suspect: true },
    { kind: 'later', reason: 'TooManyRequests' },
  ] as Outcome[]; // the fields that matter here
  for (const outcome of outcomes) observer.sent(delivery, outcome, 0.1);
  observer.settled(delivery, 'expired');
  observer.settled(delivery, 'rejected');
  observer.settled(delivery, 'delivered');
  observer.deadLettered({ app: 'app', lane: 'high' }, 'crashed', delivery);
  expect(told.map(({ kind, facts }) => [kind, facts['reason']])).toEqual([
    ['delivery.delivered', 'ok'],
    ['delivery.refused', 'PayloadTooLarge'],
    ['delivery.dead', 'Unregistered'],
    ['delivery.expired', 'expired'],
    ['delivery.dead', 'found_dead'],
    ['delivery.dead_letter', 'crashed'],
  ]);
  expect(told[0]).toMatchObject({
    app: 'app',
    pushkey: 'pushkey',
    eventId: '$event',
    facts: { app_id: 'app.id', lane: 'high', provider_id: 'id-1' },
  });
  expect(Number(told[0]?.facts['seconds'])).toBeGreaterThanOrEqual(2);
  expect(JSON.stringify(told)).not.toMatch(/secret|!room|@a:b/);
});

test('what an operator does not want to hear costs nothing', () => {
  const { observer, told } = setup((kind) => kind !== 'delivery.delivered');
  observer.sent(delivery, { kind: 'delivered', reason: 'ok' } as Outcome, 0.1);
  expect(told).toEqual([]);
});

test('an app is told of when it is parked, held, paused and goes on', () => {
  const { observer, told } = setup();
  const since = Date.parse('2026-11-21T14:00:00Z');
  const parked = {
    reason: 'InvalidProviderToken',
    cure: 'mend it',
    since,
    probes: 0,
    passes: 0,
    probeAt: since,
  };
  observer.parked('app', { ...parked, kind: 'misconfigured' });
  observer.parked('app', { ...parked, kind: 'outage' });
  observer.resumed('app', { ...parked, kind: 'outage' });
  const pause = { app: 'app', by: 'alice@host', since, until: since + 1_000 };
  observer.paused('app', 'calls', pause);
  observer.unpaused('app', 'calls', pause);
  expect(told.map(({ kind }) => kind)).toEqual([
    'app.parked',
    'app.held',
    'app.resumed',
    'app.paused',
    'app.unpaused',
  ]);
  expect(told[0]?.facts).toEqual({
    reason: 'InvalidProviderToken',
    cure: 'mend it',
    since: '2026-11-21T14:00:00.000Z',
  });
  expect(told[3]?.facts).toMatchObject({
    lane: 'calls',
    by: 'alice@host',
    until: '2026-11-21T14:00:01.000Z',
  });
});
