import { expect, test } from 'vitest';
import type { Delivery } from './delivery.ts';
import type { Device, Notification } from './notification.ts';
import { decodeDelivery, encodeDelivery } from './delivery-codec.ts';

const place = { id: 'AAAAAAAAAAAAAAAAAAAAAA', app: 'app', lane: 'high' } as const;
const delivery: Delivery = {
  ...place,
  acceptedAt: 1,
  expiresAt: 2,
  tries: 0,
  notification: { eventId: '$1', prio: 'high', content: { body: 'x', __proto__: 1 } },
  device: { appId: 'app', pushkey: 'key' },
};
/** Whatever is added to a delivery must be stored. */
const full = {
  ...place,
  acceptedAt: 1,
  expiresAt: 86_400_001,
  tries: 3,
  unheardSince: 1_700_000_000_000,
  replyTo: 'channel 1',
  traceContext: '{"traceparent":"00-1-2-01"}',
  hops: false,
  unclaimed: true,
  notification: {
    eventId: '',
    roomId: '!room',
    type: 'm.room.member',
    sender: '@alice:example.org',
    senderDisplayName: 'Alice',
    roomName: 'Room',
    roomAlias: '#room:example.org',
    membership: 'invite',
    userIsTarget: false,
    prio: 'low',
    counts: { unread: 0, missedCalls: 2 },
    content: null,
    others: { 'com.example.read': [1, { a: null }] },
  } satisfies Required<Notification>,
  device: {
    appId: 'app.one',
    pushkey: 'key',
    pushkeyTs: 0,
    data: { format: 'event_id_only' },
    address: 'hash',
    tweaks: { sound: 'default' },
  } satisfies Required<Device>,
} satisfies Required<Delivery>;
const deep = (): unknown => JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
const back = (text: string) => decodeDelivery(text, place);

test.each([
  ['little', delivery],
  ['everything', full],
])('comes back as it was: %s', (_name, one) => {
  expect(back(encodeDelivery(one))).toEqual({ kind: 'delivery', delivery: one });
});

test('leaves out content that nests deeper than the stack, and nothing else', () => {
  const { content: _, ...notification } = delivery.notification;
  const text = encodeDelivery({ ...delivery, notification: { ...notification, content: deep() } });
  expect(back(text)).toEqual({ kind: 'delivery', delivery: { ...delivery, notification } });
});

test('leaves out other fields of the notification that nest deeper than the stack', () => {
  const { content: _, ...notification } = delivery.notification;
  const others = { deep: deep() };
  const text = encodeDelivery({ ...delivery, notification: { ...notification, others } });
  expect(back(text)).toEqual({ kind: 'delivery', delivery: { ...delivery, notification } });
});

test('leaves out data and tweaks that nest deeper than the stack', () => {
  const text = encodeDelivery({ ...delivery, device: { ...delivery.device, data: { x: deep() } } });
  const { content: _, ...notification } = delivery.notification;
  expect(back(text)).toEqual({ kind: 'delivery', delivery: { ...delivery, notification } });
});

// Invariant 17.
test('knows what a later version wrote', () => {
  expect(back('{"v":2,"all":"else"}')).toEqual({ kind: 'newer' });
});

test.each(['', 'null', '5', '{}', '[]', '{"v":1}', '{"v":"2"}', '{"v":1,"at":1,"life":1,"key":1}'])(
  'does not take %s for a delivery',
  (text) => {
    expect(back(text)).toEqual({ kind: 'unreadable' });
  },
);
