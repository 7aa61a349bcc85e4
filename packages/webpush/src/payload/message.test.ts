import { generateKeyPairSync } from 'node:crypto';
import { laneOf } from '@carillon/core';
import type { Device, Notification } from '@carillon/core';
import { expect, test } from 'vitest';
import { createVapid } from '../credentials/vapid.ts';
import { otherService } from '../connection/services.ts';
import { makeDelivery } from '../../../../test/fakes/delivery.ts';
import { readRegistration } from '../registration.ts';
import { buildMessage } from './message.ts';
import type { MessageResult } from './message.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rules = {
  ttlMs: 900_000,
  vapid: createVapid({ privateKey, contact: 'mailto:ops@example.com', now: Date.now }),
  topicKey: Buffer.from('key'),
};

function build(notification: Notification, data: Device['data'] = {}): MessageResult {
  const device: Device = { appId: 'app', pushkey: 'https://push.example.com/up', data };
  const registration = readRegistration(device);
  if (!registration.ok) throw new Error(registration.problem);
  const delivery = { ...makeDelivery(), notification, device, lane: laneOf(notification) };
  return buildMessage(delivery, registration.subscription, otherService, rules, Date.now());
}

test.each<[string, Notification, string]>([
  ['a call', { prio: 'high', type: 'm.call.invite' }, 'high'],
  ['a call of low prio', { prio: 'low', type: 'm.call.invite' }, 'high'],
  ['a call of MatrixRTC', { prio: 'high', type: 'm.rtc.notification' }, 'high'],
  ['a message', { prio: 'high', type: 'm.room.message' }, 'high'],
  ['an event of which only the id is told', { prio: 'high', eventId: '$e' }, 'high'],
  ['a message of low prio', { prio: 'low', type: 'm.room.message' }, 'low'],
  ['a badge update', { prio: 'high', counts: { unread: 1 } }, 'normal'],
  ['a badge update of low prio', { prio: 'low', counts: { unread: 1 } }, 'low'],
])('the urgency of %s', (_name, notification, urgency) => {
  expect(build(notification)).toMatchObject({ ok: true, message: { headers: { urgency } } });
});

test('a pusher that counts for itself gets no counts', () => {
  const data = { 'org.matrix.msc4076.disable_badge_count': true };
  const counts = { unread: 4 };
  expect(build({ prio: 'high', counts }, data)).toEqual({ ok: false, fault: 'nothing_to_send' });
  const event = build({ prio: 'high', eventId: '$e', counts }, data);
  expect(JSON.parse(event.ok ? event.message.body.toString() : '')).toEqual({
    notification: { event_id: '$e', prio: 'high' },
  });
});
