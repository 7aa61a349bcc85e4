import type { RoomEvent } from './event.ts';
import type { User } from './users.ts';

export type Tweaks = Readonly<Record<string, unknown>>;

/**
 * What the default push rules of the specification make of an event for one who is in its room: the tweaks of the push,
 * or undefined where they keep silent. Rules of a user's own are none; who sends the event may give their tweaks.
 */
export function tweaksFor(event: RoomEvent, user: User): Tweaks | undefined {
  const { type, content, sender, room, stateKey } = event;
  if (sender === user) return undefined;
  if (relationOf(content) === 'm.replace' || content['msgtype'] === 'm.notice') return undefined;
  if (type === 'm.room.member') {
    const isInvited = content['membership'] === 'invite' && stateKey === user.id;
    return isInvited ? { highlight: false, sound: 'default' } : undefined;
  }
  const { user_ids: mentioned, room: mentionsRoom } = mentionsOf(content);
  if (Array.isArray(mentioned) && mentioned.includes(user.id)) return { highlight: true, sound: 'default' };
  if (mentionsRoom === true || type === 'm.room.tombstone') return { highlight: true };
  if (type === 'm.call.invite') return { highlight: false, sound: 'ring' };
  if (type !== 'm.room.message' && type !== 'm.room.encrypted') return undefined;
  return room.members.size === 2 ? { highlight: false, sound: 'default' } : { highlight: false };
}

function relationOf(content: RoomEvent['content']): unknown {
  return asObject(content['m.relates_to'])['rel_type'];
}

function mentionsOf(content: RoomEvent['content']): Readonly<Record<string, unknown>> {
  return asObject(content['m.mentions']);
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
