import type { Device, Notification } from '@carillon/core';
import { expect, test } from 'vitest';
import { buildPayload } from './payload.ts';
import type { PayloadRules } from './payload.ts';

const usual: PayloadRules = { sendBadgeCounts: true, sound: true, threadId: true, maxBytes: 4096 };
const room = '!tower:belfry.example';
const message: Notification = {
  eventId: '$1',
  roomId: room,
  type: 'm.room.message',
  sender: '@wilma:belfry.example',
  prio: 'high',
  counts: { unread: 2, missedCalls: 1 },
};
const alert = { 'loc-key': 'MSG_FROM_USER', 'loc-args': ['@wilma:belfry.example'] };
const withDefault = (defaultPayload: unknown): Partial<Device> => ({
  data: { default_payload: defaultPayload },
});

function build(notification: Notification, device: Partial<Device> = {}, rules: Partial<PayloadRules> = {}) {
  const built = buildPayload(
    notification,
    { appId: 'app', pushkey: 'key', ...device },
    { ...usual, ...rules },
  );
  return built.ok ? { ...built, payload: JSON.parse(built.json) as unknown } : built;
}

test('makes an alert of an event: text, badge, ids, and the room as thread', () => {
  expect(build(message)).toMatchObject({
    pushType: 'alert',
    payload: { aps: { alert, badge: 3, 'thread-id': room }, room_id: room, event_id: '$1' },
  });
});

test.each<[string, NonNullable<Notification['counts']>, number]>([
  ['the sum of both counts', { unread: 2, missedCalls: 1 }, 3],
  ['zero too', { unread: 0 }, 0],
  ['missed calls alone', { missedCalls: 4 }, 4],
])('puts into the badge %s', (_name, counts, badge) => {
  expect(build({ ...message, counts })).toHaveProperty('payload.aps', { alert, badge, 'thread-id': room });
});

test('leaves the badge alone without counts', () => {
  const { counts: _counts, ...uncounted } = message;
  expect(build(uncounted)).toHaveProperty('payload.aps', { alert, 'thread-id': room });
});

test('makes a badge update of counts alone, with nothing of the default payload', () => {
  const update: Notification = { prio: 'high', counts: { unread: 5 } };
  expect(build(update, withDefault({ aps: { alert: 'ding' }, account: 'otto' }))).toMatchObject({
    pushType: 'alert',
    payload: { aps: { badge: 5 } },
  });
});

test('makes of an event without a text the badge and the default payload, without ids', () => {
  const ban: Notification = { ...message, type: 'm.room.member', membership: 'ban', userIsTarget: true };
  expect(build(ban, withDefault({ account: 'otto' }))).toMatchObject({
    payload: { account: 'otto', aps: { badge: 3 } },
  });
});

test('has nothing to send without a text and without a badge', () => {
  const nothing = { ok: false, fault: 'nothing_to_send' };
  expect(build({ prio: 'high' })).toEqual(nothing);
  expect(build({ prio: 'high', counts: { unread: 1 } }, {}, { sendBadgeCounts: false })).toEqual(nothing);
});

test('of an event id without a type sends ids and counts beside the default payload', () => {
  const { type: _type, ...eventIdOnly } = message;
  const ids = { room_id: room, event_id: '$1' };
  expect(build(eventIdOnly)).toMatchObject({
    pushType: 'background',
    payload: { ...ids, unread_count: 2, missed_calls: 1, aps: { 'content-available': 1 } },
  });
  expect(
    build({ ...eventIdOnly, type: '' }, withDefault({ aps: { alert: 'ding' }, room_id: 'mine' })),
  ).toMatchObject({
    pushType: 'alert',
    payload: { aps: { alert: 'ding' }, ...ids, unread_count: 2, missed_calls: 1 },
  });
  expect(build({ ...eventIdOnly, counts: { unread: 0 } })).toMatchObject({
    payload: { ...ids, unread_count: 0 },
  });
  expect(build(eventIdOnly, {}, { sendBadgeCounts: false })).toMatchObject({ payload: ids });
  expect(build(eventIdOnly, withDefault({ aps: 5, a: 1 }))).toMatchObject({ payload: { a: 1, ...ids } });
});

test.each([
  ['an alert', { alert: { 'loc-key': 'X' } }, true],
  ['a badge of zero', { badge: 0 }, true],
  ['a sound', { sound: 'default' }, true],
  ['a critical sound', { sound: { name: 'x', critical: 1 } }, true],
  ['an empty alert', { alert: '' }, false],
  ['content alone', { 'content-available': 1 }, false],
  ['an alert that is null', { alert: null }, false],
])('tells whether %s is noticed by the user', (_name, aps, noticeable) => {
  expect(build({ eventId: '$1', prio: 'high' }, withDefault({ aps }))).toMatchObject({
    ok: true,
    pushType: noticeable ? 'alert' : 'background',
  });
});

test('wakes the app with a background push, whatever the default payload says', () => {
  const eventIdOnly: Notification = { eventId: '$1', prio: 'high' };
  const waking = { pushType: 'background', payload: { aps: { 'content-available': 1 } } };
  for (const aps of [undefined, {}, 5, { 'content-available': 1 }, { 'content-available': 0 }])
    expect(build(eventIdOnly, withDefault({ aps }))).toMatchObject(waking);
  expect(build(eventIdOnly, withDefault({ aps: { 'mutable-content': 1 } }))).toMatchObject({
    payload: { aps: { 'mutable-content': 1, 'content-available': 1 } },
  });
  expect(build(message, {}, { pushType: 'background' })).toMatchObject(waking);
  for (const pushType of [undefined, 'alert', 'voip'] as const)
    expect(build(message, {}, { pushType })).not.toHaveProperty('payload.aps.content-available');
});

test('leaves the badge to a client that counts for itself', () => {
  const data = {
    'org.matrix.msc4076.disable_badge_count': true,
    default_payload: { aps: { alert: 'ding' } },
  };
  expect(build({ prio: 'high', counts: { unread: 4 } }, { data })).toEqual({
    ok: false,
    fault: 'nothing_to_send',
  });
  expect(build(message, { data })).not.toHaveProperty('payload.aps.badge');
});

test.each([[null], ['{"aps":{}}'], [[1]], [7], [true]])('refuses a default payload of %j', (value) => {
  const refused = { ok: false, fault: 'default_payload_not_object' };
  expect(build(message, withDefault(value))).toEqual(refused);
  expect(build({ prio: 'high', counts: { unread: 1 } }, withDefault(value))).toEqual(refused);
});

test('lets the text win over the alert of the default payload, and keeps the rest of it', () => {
  const base = {
    aps: { 'mutable-content': 1, badge: 9, alert: { title: 'Bells', 'loc-key': 'OLD' } },
    n: 1,
    room_id: 'x',
  };
  expect(build(message, withDefault(base))).toMatchObject({
    payload: {
      aps: { 'mutable-content': 1, badge: 3, alert: { title: 'Bells', ...alert }, 'thread-id': room },
      n: 1,
      room_id: room,
      event_id: '$1',
    },
  });
  const { counts: _counts, ...uncounted } = message;
  expect(build(uncounted, withDefault(base))).toHaveProperty('payload.aps.badge', 9);
});

test.each([
  ['aps null', { aps: null }, alert],
  ['aps a list', { aps: [1] }, alert],
  ['alert null', { aps: { alert: null } }, alert],
  ['alert a number', { aps: { alert: 7 } }, alert],
  ['alert a text', { aps: { alert: 'ding' } }, { body: 'ding', ...alert }],
])('copes with a default payload that has %s', (_name, base, expected) => {
  expect(build(message, withDefault(base))).toMatchObject({
    payload: { aps: { alert: expected, badge: 3 } },
  });
});

test('sets the sound of the push rule in alerts, unless told not to or the default payload has one', () => {
  const ringing: Partial<Device> = { tweaks: { sound: 'bell.caf' } };
  expect(build(message, ringing)).toHaveProperty('payload.aps.sound', 'bell.caf');
  expect(build(message, ringing, { sound: false })).not.toHaveProperty('payload.aps.sound');
  expect(build(message, { ...ringing, ...withDefault({ aps: { sound: 'own' } }) })).toHaveProperty(
    'payload.aps.sound',
    'own',
  );
  for (const sound of [null, '', 7, {}])
    expect(build(message, { tweaks: { sound } })).not.toHaveProperty('payload.aps.sound');
  expect(build({ prio: 'high', counts: { unread: 1 } }, ringing)).not.toHaveProperty('payload.aps.sound');
  expect(build({ eventId: '$1', prio: 'high' }, ringing)).not.toHaveProperty('payload.aps.sound');
});

test('groups alerts by room, unless told not to or the default payload does', () => {
  expect(build(message, {}, { threadId: false })).not.toHaveProperty('payload.aps.thread-id');
  expect(build(message, withDefault({ aps: { 'thread-id': 'own' } }))).toHaveProperty(
    'payload.aps.thread-id',
    'own',
  );
  expect(build({ ...message, roomId: '' })).not.toHaveProperty('payload.aps.thread-id');
});

test('never changes the request it is made of, nor one of another device', () => {
  const base = { aps: { alert: { title: 'Bells', 'loc-args': ['x'.repeat(5000)] } }, deep: { list: [1] } };
  const before = structuredClone(base);
  const device = { ...withDefault(base), tweaks: { sound: 'default' } };
  build(message, device);
  build({ eventId: '$1', prio: 'high' }, device);
  build({ ...message, content: { msgtype: 'm.text', body: 'y'.repeat(60_000) } }, device);
  expect(base).toEqual(before);
});

test('sends keys with a meaning in JavaScript as any others', () => {
  const text =
    '{"__proto__":{"polluted":1},"constructor":{"prototype":2},"toString":3,"aps":{"__proto__":4,"alert":"ding"}}';
  const built = build({ eventId: '$1', prio: 'high' }, withDefault(JSON.parse(text)));
  expect(built).toHaveProperty('json', `${text.slice(0, -1)},"event_id":"$1"}`);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('makes halves of surrogate pairs readable, in keys too, and leaves what only looks like them', () => {
  const halves = String.raw`{"\ud83d":"a\udd14b","real":"\ud83d\udd14","text":"\\ud83d \\\\ud83d"}`;
  const built = build({ eventId: '$1', prio: 'high' }, withDefault(JSON.parse(halves)));
  expect(built).toHaveProperty('payload', {
    '\u{fffd}': 'a\u{fffd}b',
    real: '🔔',
    text: String.raw`\ud83d \\ud83d`,
    event_id: '$1',
    aps: { 'content-available': 1 },
  });
});

/** A list of lists of lists …, as `JSON.parse` makes it. */
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

test('counts a body that is nested too deeply, or too large, and cannot be cut, as none', () => {
  for (const body of [nested(100_000), { a: 'x'.repeat(5000) }])
    expect(build({ ...message, content: { msgtype: 'm.text', body } })).toMatchObject({
      payload: { aps: { alert, badge: 3 }, room_id: room },
    });
});

test('refuses a default payload that cannot be written or does not fit', () => {
  const refused = { ok: false, fault: 'payload_too_large' };
  expect(build(message, withDefault({ deep: nested(100_000) }))).toEqual(refused);
  expect(build(message, withDefault({ ballast: 'x'.repeat(4096) }))).toEqual(refused);
  expect(build(message, withDefault({ aps: { alert: { title: 'x'.repeat(4096) } } }))).toEqual(refused);
});

test('gives up the thread first and the sound last before it refuses a payload', () => {
  const size = (device: Partial<Device>) => {
    const built = build(message, device, { maxBytes: 100_000 });
    return built.ok ? built.json.length : 0;
  };
  const ringing = { tweaks: { sound: 'bell.caf' } };
  const just = size(ringing);
  const thread = `"thread-id":"${room}",`.length;
  const withBallast = (bytes: number) =>
    build(message, { ...ringing, ...withDefault({ b: 'x'.repeat(4096 - just - ',"b":""'.length + bytes) }) });

  expect(withBallast(0)).toHaveProperty('payload.aps.thread-id', room);
  expect(withBallast(1)).not.toHaveProperty('payload.aps.thread-id');
  expect(withBallast(1)).toHaveProperty('payload.aps.alert', alert);
  expect(withBallast(1)).toHaveProperty('payload.aps.sound', 'bell.caf');
  const textGone = withBallast(thread + '@wilma:belfry.example'.length + 1);
  expect(textGone).not.toHaveProperty('payload.aps.sound');
  expect(textGone).toMatchObject({ ok: true });
});
