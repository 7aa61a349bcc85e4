import type { Notification } from '@carillon/core';
import { expect, test } from 'vitest';
import { deliveryOf, tokenOf } from '../../../../test/fakes/apns/delivery.ts';
import type { DeliveryChanges } from '../../../../test/fakes/apns/delivery.ts';
import { createRequestBuilder } from './request.ts';
import type { RequestRules } from './request.ts';

const usual: RequestRules = {
  topic: 'com.example.app',
  pushType: undefined,
  callsOnly: false,
  base64: true,
  sendBadgeCounts: true,
  sound: true,
  threadId: true,
};

function build(number: number, changes: DeliveryChanges = {}, rules: Partial<RequestRules> = {}) {
  const built = createRequestBuilder({ ...usual, ...rules })(deliveryOf(number, changes));
  if (!built.ok) throw new Error(built.fault);
  const { request } = built;
  const headers: Record<string, string> = {};
  for (let index = 0; index < request.headers.length; index += 2)
    headers[String(request.headers[index])] = String(request.headers[index + 1]);
  return { ...request, headers };
}

const badgeUpdate: DeliveryChanges = { notification: { eventId: '', type: '', content: undefined } };
const eventIdOnly: DeliveryChanges = { notification: { type: '' } };

test('makes the token of the pushkey and the headers of the delivery', () => {
  const { token, headers } = build(1, {
    delivery: { id: 'AAECAwQFBgcICQoLDA0ODw', expiresAt: 1_764_000_000_999 },
  });
  expect(token).toBe(tokenOf(1));
  expect(headers).toEqual({
    'apns-topic': 'com.example.app',
    'apns-push-type': 'alert',
    'apns-priority': '10',
    'apns-expiration': '1764000000',
    'apns-id': '00010203-0405-8607-8809-0a0b0c0d0e0f',
    'apns-collapse-id': 'AAECAwQFBgcICQoLDA0ODw',
  });
});

test('gives every try of a delivery the same ids, and every delivery its own', () => {
  const ids = (number: number) => {
    const { headers } = build(number);
    return [headers['apns-id'], headers['apns-collapse-id']];
  };
  expect(ids(1)).toEqual(ids(1));
  expect(new Set([...ids(1), ...ids(2), ...ids(3)]).size).toBe(6);
});

test('makes good ids of any id', () => {
  const { headers } = build(1, {
    delivery: { id: 'an id that is much longer than the twenty-two characters it should have' },
  });
  expect(headers['apns-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Buffer.byteLength(headers['apns-collapse-id'] ?? '')).toBeLessThanOrEqual(64);
});

test('lets badge updates of a device replace each other, and no event any other', () => {
  const collapseId = (number: number, changes: DeliveryChanges) =>
    build(number, changes).headers['apns-collapse-id'];
  const pushkey = { device: { pushkey: deliveryOf(9).device.pushkey } };
  const ofUpdate = collapseId(1, { ...badgeUpdate, ...pushkey });
  expect(collapseId(2, { ...badgeUpdate, ...pushkey })).toBe(ofUpdate);
  expect(collapseId(2, badgeUpdate)).not.toBe(ofUpdate);
  const events = [1, 2, 3].map((number) => collapseId(number, pushkey));
  const badgeOfEvent: Partial<Notification> = { type: 'm.room.member', membership: 'ban' };
  const others = [
    collapseId(4, { ...eventIdOnly, ...pushkey }),
    collapseId(5, { notification: badgeOfEvent, ...pushkey }),
  ];
  expect(new Set([ofUpdate, ...events, ...others]).size).toBe(6);
});

test.each<[string, DeliveryChanges, Partial<RequestRules>, string, string]>([
  ['an alert of high priority', {}, {}, 'alert', '10'],
  ['an alert of low priority', { notification: { prio: 'low' } }, {}, 'alert', '5'],
  ['a badge update', badgeUpdate, {}, 'alert', '10'],
  ['ids alone', eventIdOnly, {}, 'background', '5'],
  [
    'ids with an alert',
    { ...eventIdOnly, device: { data: { default_payload: { aps: { alert: 'ding' } } } } },
    {},
    'alert',
    '10',
  ],
  ['ids where alert is configured', eventIdOnly, { pushType: 'alert' }, 'alert', '10'],
  ['an alert where background is configured', {}, { pushType: 'background' }, 'background', '5'],
  ['an alert where voip is configured', {}, { pushType: 'voip' }, 'voip', '10'],
])('tells push type and priority of %s', (_name, changes, rules, pushType, priority) => {
  expect(build(1, changes, rules).headers).toMatchObject({
    'apns-push-type': pushType,
    'apns-priority': priority,
  });
});

test.each([
  ['com.example.app', 'voip', 'com.example.app.voip'],
  ['com.example.app.voip', 'voip', 'com.example.app.voip'],
  ['com.example.app', 'liveactivity', 'com.example.app.push-type.liveactivity'],
  ['com.example.app', 'fileprovider', 'com.example.app.pushkit.fileprovider'],
  ['com.example.app', 'pushtotalk', 'com.example.app.voip-ptt'],
  ['com.example.app', 'background', 'com.example.app'],
  ['com.apple.mgmt.External.uid', 'mdm', 'com.apple.mgmt.External.uid'],
] as const)('sends to the topic of %s and %s: %s', (topic, pushType, expected) => {
  expect(build(1, {}, { topic, pushType }).headers['apns-topic']).toBe(expected);
});

test('lets VoIP have 5120 bytes and all others 4096', () => {
  const long: DeliveryChanges = { notification: { content: { msgtype: 'm.text', body: 'x'.repeat(9000) } } };
  const size = (rules: Partial<RequestRules>) => Buffer.byteLength(build(1, long, rules).body);
  expect(size({})).toBe(4096);
  expect(size({ pushType: 'liveactivity' })).toBe(4096);
  expect(size({ pushType: 'voip' })).toBe(5120);
});

test('says why there is no request', () => {
  const buildRequest = createRequestBuilder(usual);
  expect(buildRequest(deliveryOf(1, { device: { pushkey: 'no key' } }))).toMatchObject({
    fault: 'pushkey_malformed',
  });
  expect(buildRequest(deliveryOf(1, { device: { data: { default_payload: null } } }))).toMatchObject({
    fault: 'default_payload_not_object',
  });
});

test('makes requests of calls alone where the app is told to', () => {
  const sends = (changes: DeliveryChanges) =>
    createRequestBuilder({ ...usual, pushType: 'voip', callsOnly: true })(deliveryOf(1, changes)).ok;
  expect(sends({ notification: { type: 'm.call.invite' } })).toBe(true);
  expect(sends(eventIdOnly)).toBe(true);
  expect(sends({ notification: { type: 'm.call.hangup' } })).toBe(false);
  expect(sends(badgeUpdate)).toBe(false);
});
