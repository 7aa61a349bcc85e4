import type { Notification } from '@carillon/core';
import { expect, test } from 'vitest';
import { localizedText } from './loc-keys.ts';

const event = (changes: Partial<Notification>): Notification => ({
  eventId: '$1',
  roomId: '!tower:belfry.example',
  type: 'm.room.message',
  sender: '@wilma:belfry.example',
  senderDisplayName: 'Wilma',
  prio: 'high',
  ...changes,
});
const inRoom = { roomName: 'Tower' };
const content = (msgtype: unknown, body: unknown) => ({ content: { msgtype, body } });

test.each<[string, Partial<Notification>, string, readonly unknown[]]>([
  [
    'a text in a room',
    { ...inRoom, ...content('m.text', 'ding') },
    'MSG_FROM_USER_IN_ROOM_WITH_CONTENT',
    ['Wilma', 'Tower', 'ding'],
  ],
  ['a text', content('m.text', 'ding'), 'MSG_FROM_USER_WITH_CONTENT', ['Wilma', 'ding']],
  [
    'a text of an unknown kind',
    content('org.example.knock', 'ding'),
    'MSG_FROM_USER_WITH_CONTENT',
    ['Wilma', 'ding'],
  ],
  ['a text of no kind', content(null, 'ding'), 'MSG_FROM_USER_WITH_CONTENT', ['Wilma', 'ding']],
  [
    'an emote in a room',
    { ...inRoom, ...content('m.emote', 'rings') },
    'ACTION_FROM_USER_IN_ROOM',
    ['Tower', 'Wilma', 'rings'],
  ],
  ['an emote', content('m.emote', 'rings'), 'ACTION_FROM_USER', ['Wilma', 'rings']],
  [
    'an image in a room',
    { ...inRoom, ...content('m.image', 'bell.png') },
    'IMAGE_FROM_USER_IN_ROOM',
    ['Wilma', 'bell.png', 'Tower'],
  ],
  ['an image', content('m.image', 'bell.png'), 'IMAGE_FROM_USER', ['Wilma', 'bell.png']],
  ['an image without a name', content('m.image', ''), 'IMAGE_FROM_USER', ['Wilma', '']],
  [
    'an empty text in a room',
    { ...inRoom, ...content('m.text', '') },
    'MSG_FROM_USER_IN_ROOM',
    ['Wilma', 'Tower'],
  ],
  ['an empty text', content('m.text', ''), 'MSG_FROM_USER', ['Wilma']],
  ['an empty emote', content('m.emote', ''), 'MSG_FROM_USER', ['Wilma']],
  ['a body that is a number', content('m.text', 42), 'MSG_FROM_USER_WITH_CONTENT', ['Wilma', 42]],
  [
    'a body that is an object',
    content('m.text', { ding: 1 }),
    'MSG_FROM_USER_WITH_CONTENT',
    ['Wilma', { ding: 1 }],
  ],
  ['a body that is 0', content('m.text', 0), 'MSG_FROM_USER', ['Wilma']],
  ['a body that is false', content('m.text', false), 'MSG_FROM_USER', ['Wilma']],
  ['a body that is null', content('m.text', null), 'MSG_FROM_USER', ['Wilma']],
  ['a body that is an empty list', content('m.text', []), 'MSG_FROM_USER', ['Wilma']],
  ['a body that is an empty object', content('m.text', {}), 'MSG_FROM_USER', ['Wilma']],
  ['a body without a kind', { content: { body: 'ding' } }, 'MSG_FROM_USER', ['Wilma']],
  ['content that is a text', { content: 'msgtype body' }, 'MSG_FROM_USER', ['Wilma']],
  ['content that is a list', { content: ['msgtype', 'body'] }, 'MSG_FROM_USER', ['Wilma']],
  [
    'content with odd keys',
    { content: JSON.parse('{"__proto__":{"msgtype":"m.text","body":"x"}}') as unknown },
    'MSG_FROM_USER',
    ['Wilma'],
  ],
  ['no content', {}, 'MSG_FROM_USER', ['Wilma']],
  [
    'an encrypted message in a room',
    { ...inRoom, type: 'm.room.encrypted' },
    'MSG_FROM_USER_IN_ROOM',
    ['Wilma', 'Tower'],
  ],
  ['an encrypted message', { type: 'm.room.encrypted' }, 'MSG_FROM_USER', ['Wilma']],
  [
    'a room that only has an alias',
    { roomName: '', roomAlias: '#tower:belfry.example' },
    'MSG_FROM_USER_IN_ROOM',
    ['Wilma', '#tower:belfry.example'],
  ],
  [
    'an invitation to a named room',
    { ...inRoom, type: 'm.room.member', userIsTarget: true, membership: 'invite' },
    'USER_INVITE_TO_NAMED_ROOM',
    ['Wilma', 'Tower'],
  ],
  [
    'an invitation to a chat',
    { type: 'm.room.member', userIsTarget: true, membership: 'invite' },
    'USER_INVITE_TO_CHAT',
    ['Wilma'],
  ],
  [
    'a call',
    { type: 'm.call.invite', content: { offer: { sdp: 'v=0 m=audio' } } },
    'VOICE_CALL_FROM_USER',
    ['Wilma'],
  ],
  [
    'a call with pictures',
    { type: 'm.call.invite', content: { offer: { sdp: 'm=audio m=video' } } },
    'VIDEO_CALL_FROM_USER',
    ['Wilma'],
  ],
  [
    'a call whose offer is a number',
    { type: 'm.call.invite', content: { offer: 7 } },
    'VOICE_CALL_FROM_USER',
    ['Wilma'],
  ],
  [
    'a call whose sdp is a list',
    { type: 'm.call.invite', content: { offer: { sdp: ['m=video'] } } },
    'VOICE_CALL_FROM_USER',
    ['Wilma'],
  ],
  ['any other kind', { ...inRoom, type: 'm.sticker', ...content('m.text', 'x') }, 'MSG_FROM_USER', ['Wilma']],
])('names %s', (_name, changes, key, args) => {
  expect(localizedText(event(changes))).toEqual({ key, args });
});

test.each<[string, Partial<Notification>]>([
  ['a badge update', { type: '' }],
  ['an invitation of somebody else', { type: 'm.room.member', userIsTarget: false, membership: 'invite' }],
  ['a ban of the user', { type: 'm.room.member', userIsTarget: true, membership: 'ban' }],
])('has no text for %s', (_name, changes) => {
  expect(localizedText(event(changes))).toBeUndefined();
});

test.each<[string, Partial<Notification>, string]>([
  ['the display name', {}, 'Wilma'],
  ['an empty display name beside a sender', { senderDisplayName: '' }, ''],
  ['a display name without a sender', { sender: '' }, 'Wilma'],
])('is from %s', (_name, changes, from) => {
  expect(localizedText(event(changes))?.args).toEqual([from]);
});

test('is from the sender without a display name, and from a blank without either', () => {
  const { senderDisplayName: _name, ...unnamed } = event({});
  expect(localizedText(unnamed)?.args).toEqual(['@wilma:belfry.example']);
  expect(localizedText({ ...unnamed, sender: '' })?.args).toEqual([' ']);
  expect(localizedText({ ...unnamed, sender: '', senderDisplayName: '' })?.args).toEqual([' ']);
  expect(localizedText({ type: 'm.sticker', prio: 'high' })?.args).toEqual([' ']);
});

test('cuts names at 1024 code points, between whole characters', () => {
  const text = localizedText(
    event({ senderDisplayName: '🔔'.repeat(1025), roomName: `${'x'.repeat(1023)}e\u0301e` }),
  );
  expect(text?.args).toEqual(['🔔'.repeat(1024), 'x'.repeat(1023)]);
});

test('counts a body that is no text as none where it is told to', () => {
  expect(localizedText(event(content('m.image', { a: 1 })), true)?.key).toBe('MSG_FROM_USER');
  expect(localizedText(event(content('m.image', 'bell.png')), true)?.key).toBe('IMAGE_FROM_USER');
});
