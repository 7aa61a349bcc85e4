import { describe, expect, test } from 'vitest';
import { parseNotifyRequest } from './notify-request.ts';

const device = { app_id: 'app', pushkey: 'key' };
const read = (body: unknown) => {
  const parsed = parseNotifyRequest(body);
  if (!parsed.ok) throw new Error(parsed.problem.error);
  return parsed.request;
};

test('reads every field that the specification names', () => {
  const { notification, devices, eventKey } = read({
    notification: {
      event_id: '$1',
      room_id: '!r',
      type: 'm.room.member',
      sender: '@a:b',
      sender_display_name: 'A',
      room_name: 'R',
      room_alias: '#r:b',
      user_is_target: true,
      membership: 'invite',
      prio: 'low',
      content: { any: ['thing'] },
      counts: { unread: 2, missed_calls: 1 },
      devices: [{ ...device, pushkey_ts: 12, data: { format: 'x' }, tweaks: { sound: 'bing' } }],
    },
  });
  expect(notification).toEqual({
    eventId: '$1',
    roomId: '!r',
    type: 'm.room.member',
    sender: '@a:b',
    senderDisplayName: 'A',
    roomName: 'R',
    roomAlias: '#r:b',
    userIsTarget: true,
    membership: 'invite',
    prio: 'low',
    content: { any: ['thing'] },
    counts: { unread: 2, missedCalls: 1 },
  });
  expect(devices).toEqual([
    { appId: 'app', pushkey: 'key', pushkeyTs: 12, data: { format: 'x' }, tweaks: { sound: 'bing' } },
  ]);
  expect(eventKey).toBe('$1');
});

test('takes fields of wrong types for absent', () => {
  const odd = {
    event_id: 5,
    room_id: [],
    type: null,
    sender: {},
    sender_display_name: 1,
    room_name: true,
    user_is_target: 'yes',
    membership: 0,
    prio: 'LOW',
    content: null,
    counts: { unread: '2', missed_calls: -1 },
    devices: [{ ...device, pushkey_ts: 'now', data: [], tweaks: 'x' }],
  };
  const { notification, devices, eventKey } = read({ notification: odd });
  expect(notification).toEqual({ prio: 'high' });
  expect(devices).toEqual([{ appId: 'app', pushkey: 'key' }]);
  expect(eventKey).toBeUndefined();
});

test.each([
  [{ event_id: '$1', id: '$2' }, '$1'],
  [{ id: '$2' }, '$2'],
  [{ event_id: '', id: '$2' }, '$2'],
  [{ event_id: null, id: '$2' }, '$2'],
  [{ event_id: '', id: '' }, undefined],
  [{}, undefined],
])('tells duplicates of %j by %s', (ids, eventKey) => {
  expect(read({ notification: { ...ids, devices: [device] } }).eventKey).toBe(eventKey);
});

test('keeps an empty event id, which is no key', () => {
  expect(read({ notification: { event_id: '', devices: [] } }).notification.eventId).toBe('');
});

test.each([
  [0, 0],
  [7, 7],
  [-1, undefined],
  [1.5, undefined],
  [1e300, undefined],
  [true, undefined],
  [null, undefined],
])('reads a count of %s as %s', (unread, expected) => {
  expect(read({ notification: { counts: { unread }, devices: [] } }).notification.counts?.unread).toBe(
    expected,
  );
});

test('takes counts and devices from beside the notification where the inner ones are missing', () => {
  const outer = { devices: [device], counts: { unread: 1 } };
  expect(read({ notification: {}, ...outer })).toMatchObject({
    notification: { counts: { unread: 1 } },
    devices: [{ appId: 'app' }],
  });
  expect(read({ notification: { devices: [], counts: { unread: 9 } }, ...outer })).toMatchObject({
    notification: { counts: { unread: 9 } },
    devices: [],
  });
});

test('finds no field in what every object inherits', () => {
  const body = JSON.parse('{"notification":{"__proto__":{"event_id":"$x"},"devices":[]}}') as object;
  expect(read(body).eventKey).toBeUndefined();
});

describe('what cannot be read is named', () => {
  test.each([
    [null, 'M_BAD_JSON', 'The body must be a JSON object'],
    ['x', 'M_BAD_JSON', 'The body must be a JSON object'],
    [{}, 'M_MISSING_PARAM', 'Missing notification'],
    [{ notification: 5 }, 'M_BAD_JSON', 'notification must be an object'],
    [{ notification: {} }, 'M_MISSING_PARAM', 'Missing notification.devices'],
    [{ notification: { devices: 'x' } }, 'M_BAD_JSON', 'notification.devices must be a list'],
    [{ notification: { devices: [null] } }, 'M_BAD_JSON', 'notification.devices[0] must be an object'],
    [
      { notification: { devices: [device, {}] } },
      'M_MISSING_PARAM',
      'Missing notification.devices[1].app_id',
    ],
    [
      { notification: { devices: [{ ...device, pushkey: {} }] } },
      'M_BAD_JSON',
      'notification.devices[0].pushkey must be a string',
    ],
  ])('%j', (body, errcode, error) => {
    expect(parseNotifyRequest(body)).toEqual({ ok: false, problem: { errcode, error } });
  });
});
