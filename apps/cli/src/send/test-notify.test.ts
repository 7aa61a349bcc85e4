import { laneOf } from '@carillon/core';
import { expect, test } from 'vitest';
import { sendKinds, testNotify } from './test-notify.ts';

const notifyOf = (kind: (typeof sendKinds)[number], data = {}) =>
  testNotify({ appId: 'com.example.app', pushkey: 'key', kind, data });

test.each(sendKinds)('%s is another event each time, and none where there is none', (kind) => {
  const ids = [notifyOf(kind), notifyOf(kind)].map(({ notification }) => notification.eventId);
  expect(new Set(ids).size).toBe(kind === 'badge' ? 1 : 2);
});

test('only a call goes to the lane of calls', () => {
  const lanes = sendKinds.map((kind) => [kind, laneOf(notifyOf(kind).notification)]);
  expect(Object.fromEntries(lanes)).toMatchObject({ call: 'calls', message: 'high', badge: 'high' });
});

test('event_id_only tells no more than the event, the room and the count, and says so in the data', () => {
  const { notification, device } = notifyOf('event_id_only', { default_payload: {} });
  expect(Object.keys(notification).toSorted()).toEqual(['counts', 'eventId', 'prio', 'roomId']);
  expect(device.data).toEqual({ format: 'event_id_only', default_payload: {} });
});
