import { describe, expect, test } from 'vitest';
import { parseNotifyRequest } from './notify-request.ts';

const device = { app_id: 'app', pushkey: 'key' };
const now = 1_700_000_000_000;
const read = (body: unknown) => {
  const parsed = parseNotifyRequest(body, now);
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

test('fields that it does not know are kept as they came', () => {
  const others = { 'com.example.room_read': '!r', mac: { a: [null] } };
  const sent = { event_id: '$e', id: '', type: null, counts: { unread: 1 }, ...others, devices: [] };
  expect(read({ notification: sent }).notification).toEqual({
    eventId: '$e',
    prio: 'high',
    counts: { unread: 1 },
    others,
  });
});

describe('what strangers make long', () => {
  const fits = `${'é'.repeat(127)}x`;

  test('no identifier has more than 255 bytes; a longer one is none', () => {
    const fields = ['event_id', 'room_id', 'type', 'room_alias', 'membership'];
    const all = (text: string) => Object.fromEntries(fields.map((field) => [field, text]));
    expect(Object.values(read({ notification: { ...all(fits), devices: [] } }).notification)).toEqual(
      expect.arrayContaining(fields.map(() => fits)) as unknown,
    );
    const { notification, eventKey } = read({ notification: { ...all(`${fits}x`), devices: [] } });
    expect([notification, eventKey]).toEqual([{ prio: 'high' }, undefined]);
    expect(read({ notification: { id: `${fits}x`, devices: [] } }).eventKey).toBeUndefined();
  });

  test('names keep as much as any phone can show', () => {
    const { senderDisplayName, roomName } = read({
      notification: { sender_display_name: 'a'.repeat(60_000), room_name: 'b'.repeat(5_120), devices: [] },
    }).notification;
    expect([senderDisplayName, roomName]).toEqual(['a'.repeat(5_120), 'b'.repeat(5_120)]);
  });
});

test.each([
  [0, 0],
  [1_700_000_000 + 86_400, 1_700_000_000 + 86_400],
  [1_700_000_000 + 86_401, 1_700_000_000],
  [Number.MAX_SAFE_INTEGER, 1_700_000_000],
])('a pushkey_ts of %s is %s: nobody registers more than a day ahead', (sent, expected) => {
  const { devices } = read({ notification: { devices: [{ ...device, pushkey_ts: sent }] } });
  expect(devices[0]?.pushkeyTs).toBe(expected);
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
    expect(parseNotifyRequest(body, now)).toEqual({ ok: false, problem: { errcode, error } });
  });
});
