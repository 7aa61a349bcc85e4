import type { Device, Notification } from '@carillon/core';
import { expect, test } from 'vitest';
import { boundCopies } from './bounded-copies.ts';

const message: Notification = {
  eventId: '$event',
  roomId: '!room:example.org',
  type: 'm.room.message',
  roomName: 'Lunch',
  prio: 'high',
  counts: { unread: 2 },
  content: { msgtype: 'm.text', body: 'Noon?' },
};
const devices = (count: number): Device[] =>
  Array.from({ length: count }, (_, n) => ({
    appId: 'com.example.app.ios',
    pushkey: `${n}`.padStart(44, 'k'),
    pushkeyTs: 1_700_000_000 + n,
    data: { format: 'full', default_payload: { aps: { 'mutable-content': 1, alert: 'A message' } } },
  }));

test('an ordinary message goes whole to each of several devices', () => {
  expect(boundCopies(message, devices(5))).toBe(message);
});

test('a long one goes whole to two', () => {
  const long = { ...message, content: { body: 'b'.repeat(50_000) } };
  expect(boundCopies(long, devices(2))).toBe(long);
});

test('content that many devices would multiply is left to be fetched', () => {
  const { content: _content, ...rest } = message;
  expect(boundCopies({ ...message, content: { body: 'b'.repeat(4_000) } }, devices(20))).toEqual(rest);
});

test('names that many devices would multiply are left out as well', () => {
  const { content: _content, roomName: _roomName, ...ids } = message;
  expect(boundCopies({ ...message, roomName: 'n'.repeat(5_000) }, devices(20))).toEqual(ids);
});

test('content that nests deeper than the stack is left out', () => {
  let nested: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) nested = [nested];
  expect(boundCopies({ ...message, content: nested }, devices(3))).not.toHaveProperty('content');
});
