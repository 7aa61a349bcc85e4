import type { Device, Notification } from '@carillon/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkMessage } from '../../../../test/fakes/fcm/checks.ts';
import { fcmShape } from '../config.ts';
import { createMessageBuilder } from './payload.ts';
import { makeDelivery } from '../../../../test/fakes/delivery.ts';
import type { BuiltMessage } from './payload.ts';

const now = Date.UTC(2026, 9, 1);

interface Input {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly notification?: Partial<Notification>;
  readonly data?: Device['data'];
  readonly pushkey?: string;
  readonly lifeMs?: number;
}

function build({
  settings,
  notification,
  data,
  pushkey = 'phone:token',
  lifeMs = 86_400_000,
}: Input): BuiltMessage {
  const parsed = z.object(fcmShape).parse({ service_account_file: 'key.json', ...settings });
  const delivery = makeDelivery({
    expiresAt: now + lifeMs,
    ...(notification !== undefined && { notification }),
    device: { pushkey, ...(data !== undefined && { data }) },
  });
  return createMessageBuilder(parsed)(delivery, now);
}

interface Message {
  readonly token: string;
  readonly data: Readonly<Record<string, string>>;
  readonly android: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/** The message, which a strict FCM takes. */
function message(input: Input): Message {
  const built = build(input);
  if (!built.ok) throw new Error(`Not sent: ${built.fault}`);
  expect(checkMessage(built.body)).toMatchObject({ ok: true });
  return (JSON.parse(built.body) as { readonly message: Message }).message;
}

const bell = {
  eventId: '$event',
  roomId: '!room:example.org',
  type: 'm.room.message',
  sender: '@anna:example.org',
  senderDisplayName: 'Anna',
  roomName: 'Belfry',
  roomAlias: '#belfry:example.org',
  prio: 'high',
  counts: { unread: 2, missedCalls: 1 },
  content: { msgtype: 'm.text', body: 'Ding', n: 1, nested: { body: 'inner' }, none: null },
} as const;

test('an event: names, ids, the strings of its content, priority and counts', () => {
  expect(message({ notification: bell })).toEqual({
    token: 'phone:token',
    data: {
      event_id: '$event',
      room_id: '!room:example.org',
      type: 'm.room.message',
      sender: '@anna:example.org',
      sender_display_name: 'Anna',
      room_name: 'Belfry',
      room_alias: '#belfry:example.org',
      content_msgtype: 'm.text',
      content_body: 'Ding',
      prio: 'high',
      unread: '2',
      missed_calls: '1',
    },
    android: { priority: 'high', ttl: '86400s' },
  });
});

test('low priority is called normal, in the data and for Android', () => {
  const { data, android } = message({ notification: { prio: 'low' } });
  expect(data['prio']).toBe('normal');
  expect(android['priority']).toBe('normal');
});

test('empty texts are sent, missing ones are not', () => {
  const { data } = message({ notification: { roomName: '', membership: 'invite' } });
  expect(data).toMatchObject({ room_name: '', membership: 'invite' });
  expect(data).not.toHaveProperty('sender');
});

test('counts of 0 are not sent, and none with send_badge_counts: false', () => {
  const { data } = message({ notification: { counts: { unread: 0, missedCalls: 3 } } });
  expect(data).toMatchObject({ missed_calls: '3' });
  expect(data).not.toHaveProperty('unread');
  const off = message({ settings: { send_badge_counts: false }, notification: { counts: { unread: 3 } } });
  expect(off.data).not.toHaveProperty('unread');
});

test('content that is a text is sent as one; of any other kind nothing is', () => {
  expect(message({ notification: { content: 'just text' } }).data).toMatchObject({ content: 'just text' });
  for (const content of [7, true, ['a'], null])
    expect(Object.keys(message({ notification: { content } }).data)).toEqual(['room_id', 'event_id', 'prio']);
});

test('each text is cut at 1024 bytes', () => {
  const { data } = message({
    notification: { roomName: 'x'.repeat(1025), content: { body: 'ü'.repeat(513) } },
  });
  expect(data['room_name']).toBe(`${'x'.repeat(1021)}…`);
  expect(data['content_body']).toBe(`${'ü'.repeat(510)}…`);
});

test('the ttl is what is left of the delivery, in whole seconds and never negative', () => {
  expect(message({ lifeMs: 30_999 }).android['ttl']).toBe('30s');
  expect(message({ lifeMs: -5 }).android['ttl']).toBe('0s');
  expect(message({ lifeMs: 1e12 }).android['ttl']).toBe('2419200s');
});

test('fcm_options lie beneath the message, with their ttl if it is the shorter one', () => {
  const options = {
    notification: { title: 'News' },
    apns: { headers: { 'apns-priority': '5' } },
    android: { ttl: '3.5s', direct_boot_ok: true, priority: 'high', collapse_key: 'news' },
  };
  const settings = { fcm_options: options };
  const low = message({ settings, notification: { prio: 'low' } });
  expect(low.android).toEqual({ ...options.android, priority: 'normal' });
  expect(low).toMatchObject({ notification: { title: 'News' }, apns: options.apns });
  expect(message({ settings, lifeMs: 2_000 }).android['ttl']).toBe('2s');
});

test('display texts of fcm_options count towards the 4096 bytes', () => {
  const settings = { fcm_options: { notification: { title: 'x'.repeat(900) } } };
  const long = 'y'.repeat(1024);
  const { data } = message({
    settings,
    notification: { roomName: long, content: { body: long, b: long, c: long } },
  });
  expect(Buffer.byteLength(Object.entries(data).flat().join(''))).toBeLessThanOrEqual(4096 - 912);
});

test('default_payload is the base, the notification wins', () => {
  const { data } = message({
    data: { default_payload: { account: 'otto', event_id: 'old', unread: '9', content_body: 'kept' } },
    notification: { counts: { unread: 0 } },
  });
  expect(data).toMatchObject({ account: 'otto', event_id: '$event', unread: '9', content_body: 'kept' });
});

test('values of default_payload that are no strings become JSON texts, null is left out', () => {
  const { data } = message({
    data: { default_payload: { n: 7, yes: true, object: { aps: { a: 1 } }, list: [1, 'a'], none: null } },
  });
  expect(data).toMatchObject({ n: '7', yes: 'true', object: '{"aps":{"a":1}}', list: '[1,"a"]' });
  expect(data).not.toHaveProperty('none');
});

test('reserved keys of default_payload are left out, and only they', () => {
  const reserved = { from: 'x', message_type: 'x', 'google.x': 'x', googled: 'x', gcm: 'x', 'gcm.n.e': '1' };
  const { data } = message({
    data: { default_payload: { ...reserved, from_us: 'kept', collapse_key: 'kept' } },
  });
  expect(data).toMatchObject({ from_us: 'kept', collapse_key: 'kept' });
  for (const key of Object.keys(reserved)) expect(data).not.toHaveProperty([key]);
});

test('content of default_payload is flattened where the notification has none', () => {
  const data = { default_payload: { content: { body: 'of the pusher', n: 1 } } };
  expect(message({ data }).data).toEqual({
    event_id: '$event',
    room_id: '!room:example.org',
    content_body: 'of the pusher',
    prio: 'high',
  });
  const ours = message({ data, notification: { content: { msgtype: 'm.text' } } }).data;
  expect(ours).toMatchObject({ content_msgtype: 'm.text' });
  expect(ours).not.toHaveProperty('content_body');
  expect(ours).not.toHaveProperty('content');
});

test.each([[null], [[1]], ['text'], [7]])(
  'a default_payload of %j is refused, not the pushkey',
  (payload) => {
    expect(build({ data: { default_payload: payload } })).toEqual({
      ok: false,
      fault: 'default_payload_not_object',
    });
  },
);

const { eventId: _event, roomId: _room, ...nothing } = makeDelivery().notification;

function badge(counts: Notification['counts'], data?: Device['data'], settings = {}): BuiltMessage {
  const parsed = z.object(fcmShape).parse({ service_account_file: 'key.json', ...settings });
  const delivery = makeDelivery(data === undefined ? {} : { device: { data } });
  const notification = { ...nothing, sender: '', ...(counts !== undefined && { counts }) };
  return createMessageBuilder(parsed)({ ...delivery, notification }, now);
}

function messageOf(built: BuiltMessage): Message {
  if (!built.ok) throw new Error(built.fault);
  return (JSON.parse(built.body) as { readonly message: Message }).message;
}

test('a badge update is sent for a count, or for a room of default_payload', () => {
  expect(badge({ unread: 1 })).toMatchObject({ ok: true });
  expect(badge({ missedCalls: 1 })).toMatchObject({ ok: true });
  expect(badge({ unread: 0 }, { default_payload: { room_id: '!kept' } })).toMatchObject({ ok: true });
});

test('there is nothing to send without an event, a room and a count', () => {
  const problem = { ok: false, fault: 'nothing_to_send' };
  expect(badge(undefined)).toEqual(problem);
  expect(badge({})).toEqual(problem);
  expect(badge({ unread: 3 }, undefined, { send_badge_counts: false })).toEqual(problem);
  expect(badge(undefined, { default_payload: { room_id: '' } })).toEqual(problem);
});

test('a badge update says that all is read, which an event has no need to say', () => {
  const { data } = messageOf(badge({ unread: 0 }, { default_payload: { cs: 'a1' } }));
  expect(data).toMatchObject({ unread: '0', cs: 'a1' });
  expect(messageOf(badge({ missedCalls: 0 })).data).toMatchObject({ missed_calls: '0' });
  expect(message({ notification: { ...bell, counts: { unread: 0 } } }).data).not.toHaveProperty('unread');
});

test('a pusher that counts for itself gets no counts', () => {
  const data = { 'org.matrix.msc4076.disable_badge_count': true, default_payload: { room_id: '!r' } };
  expect(badge({ unread: 4 }, data)).toEqual({ ok: false, fault: 'nothing_to_send' });
  expect(message({ notification: { ...bell, counts: { unread: 4 } }, data }).data).not.toHaveProperty(
    'unread',
  );
});

test('a badge update replaces the older one of its account, and only that', () => {
  const keyOf = (data?: Device['data']) => messageOf(badge({ unread: 1 }, data)).android['collapse_key'];
  expect(keyOf()).toBe('badge');
  const anna = keyOf({ default_payload: { account: 'anna' } });
  expect(anna).toMatch(/^badge-[\w-]{8}$/);
  expect(keyOf({ default_payload: { account: 'anna' } })).toBe(anna);
  expect(keyOf({ default_payload: { account: 'otto' } })).not.toBe(anna);
});

test('an event has no collapse key, since a phone keeps only four of them', () => {
  expect(message({ notification: bell }).android).not.toHaveProperty('collapse_key');
});

test.each([
  ['of Google', 'bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1-x_y'],
  ['with quotes and blanks, as some stand-ins have', 'a "token" with \\ and blanks'],
  ['of 2048 characters', 'x'.repeat(2048)],
])('sends to a pushkey %s, as it is', (_, pushkey) => {
  expect(message({ pushkey }).token).toBe(pushkey);
});

test.each([
  ['empty', ''],
  ['blank', '   '],
  ['with a line break', 'abc\n'],
  ['with a control character', 'a\u0000b'],
  ['that is not ASCII', 'tökén'],
  ['with half a surrogate pair', 'a\ud83d'],
  ['of 2049 characters', 'x'.repeat(2049)],
])('never sends to a pushkey that is %s', (_, pushkey) => {
  expect(build({ pushkey })).toEqual({ ok: false, fault: 'pushkey_malformed' });
});

test('half surrogate pairs become replacement characters, in keys too', () => {
  const { data } = message({
    notification: { roomName: 'a\ud83d', content: { '\udc00': 'b\ude00c' } },
    data: { default_payload: { '\ud800': 'x\ud800' } },
  });
  expect(data).toMatchObject({ room_name: 'a\ufffd', 'content_\ufffd': 'b\ufffdc', '\ufffd': 'x\ufffd' });
});

test('names of prototypes are keys like any other', () => {
  const hostile = JSON.parse(
    '{"__proto__":"a","constructor":"b","toString":"c","hasOwnProperty":"d"}',
  ) as object;
  const { data } = message({ notification: { content: hostile }, data: { default_payload: hostile } });
  expect(Object.entries(data)).toEqual(
    expect.arrayContaining([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['content___proto__', 'a'],
      ['content_constructor', 'b'],
    ]),
  );
});

test('values nested deeper than the stack are left out', () => {
  let deep: unknown = 'x';
  for (let level = 0; level < 200_000; level += 1) deep = [deep];
  const { data } = message({
    data: { default_payload: { deep, account: 'otto' } },
    notification: { content: { deep, body: 'x' } },
  });
  expect(data).toMatchObject({ account: 'otto', content_body: 'x' });
  expect(data).not.toHaveProperty('deep');
});

test('content of a hundred thousand keys is cut to what fits, the body first', () => {
  const content: Record<string, string> = {};
  for (let i = 0; i < 100_000; i += 1) content[`key${i}`] = 'v'.repeat(20);
  content['body'] = 'Ding';
  const { data } = message({ notification: { content } });
  expect(data).toMatchObject({ content_body: 'Ding', content_key0: 'v'.repeat(20) });
});

test('an endpoint of UnifiedPush is refused, and neither sent nor taken for a dead token', () => {
  expect(build({ pushkey: 'https://push.example.org/UPabc123?up=1' })).toEqual({
    ok: false,
    fault: 'pushkey_is_endpoint',
  });
});
