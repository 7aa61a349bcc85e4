import { expect, test } from 'vitest';
import { mayRing } from './rings.ts';

const event = { eventId: '$e', roomId: '!r', prio: 'high' } as const;

test.each([
  ['a call', { type: 'm.call.invite', content: { call_id: 'c' } }],
  ['a call without its content', { type: 'm.call.invite' }],
  ['a call that asks to ring', { type: 'm.rtc.notification', content: { notification_type: 'ring' } }],
  ['the same before it was in the spec', { type: 'org.matrix.msc4075.call.notify' }],
  ['a member who joins', { type: 'm.call.member', content: { memberships: [{ call_id: '' }] } }],
  ['an event of which only the id is told', {}],
])('%s may ring', (_name, fields) => {
  expect(mayRing({ ...event, ...fields })).toBe(true);
});

test.each([
  ['a message', { type: 'm.room.message' }],
  ['a hang-up', { type: 'm.call.hangup' }],
  ['an answer on another phone', { type: 'm.call.select_answer' }],
  ['a refusal', { type: 'org.matrix.msc4310.rtc.decline' }],
  [
    'a call that is only told of',
    { type: 'm.rtc.notification', content: { notification_type: 'notification' } },
  ],
  [
    'the same before it was in the spec',
    { type: 'org.matrix.msc4075.call.notify', content: { notify_type: 'notify' } },
  ],
  ['a member who leaves', { type: 'm.call.member', content: {} }],
  ['a member who leaves the last call', { type: 'm.call.member', content: { memberships: [] } }],
  ['a call that has ended', { type: 'org.matrix.msc3401.call', content: { 'm.terminated': 'ended' } }],
  ['a badge update', { eventId: '', roomId: '', counts: { unread: 3 } }],
])('%s rings nobody', (_name, fields) => {
  expect(mayRing({ ...event, ...fields })).toBe(false);
});
