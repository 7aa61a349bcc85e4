import { expect, test } from 'vitest';
import type { Delivery } from './delivery.ts';
import { decodeDelivery, encodeDelivery } from './delivery-codec.ts';

const delivery: Delivery = {
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  app: 'app',
  lane: 'high',
  acceptedAt: 1,
  expiresAt: 2,
  tries: 0,
  notification: { eventId: '$1', prio: 'high', content: { body: 'x', __proto__: 1 } },
  device: { appId: 'app', pushkey: 'key' },
};
const deep = (): unknown => JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);

test('comes back as it was', () => {
  expect(decodeDelivery(encodeDelivery(delivery))).toEqual(delivery);
  const whole: Delivery = {
    ...delivery,
    notification: { ...delivery.notification, others: { 'com.example.read': [1, { a: null }] } },
  };
  expect(decodeDelivery(encodeDelivery(whole))).toEqual(whole);
  const unheard: Delivery = { ...delivery, tries: 3, unheardSince: 1_700_000_000_000 };
  expect(decodeDelivery(encodeDelivery(unheard))).toEqual(unheard);
});

test('leaves out content that nests deeper than the stack, and nothing else', () => {
  const { content: _, ...notification } = delivery.notification;
  const text = encodeDelivery({ ...delivery, notification: { ...notification, content: deep() } });
  expect(decodeDelivery(text)).toEqual({ ...delivery, notification });
});

test('leaves out unknown fields that nest deeper than the stack', () => {
  const { content: _, ...notification } = delivery.notification;
  const text = encodeDelivery({ ...delivery, notification: { ...notification, others: { x: deep() } } });
  expect(decodeDelivery(text)).toEqual({ ...delivery, notification });
});

test('leaves out data and tweaks that nest deeper than the stack', () => {
  const text = encodeDelivery({ ...delivery, device: { ...delivery.device, data: { x: deep() } } });
  expect(decodeDelivery(text)?.device).toEqual(delivery.device);
});

test.each([
  '',
  'null',
  '5',
  '{}',
  '[]',
  '{"id":1}',
  JSON.stringify({ ...delivery, lane: 'fast' }),
  JSON.stringify({ ...delivery, device: {} }),
])('does not take %s for a delivery', (text) => {
  expect(decodeDelivery(text)).toBeUndefined();
});
