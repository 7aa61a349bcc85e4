import type { Fields } from './golden-case.ts';

/** A message as Synapse writes it, in a room that has a name. */
export function message(content: unknown, changes: Fields = {}): Fields {
  return {
    event_id: '$rope-4',
    room_id: '!tower:belfry.example',
    type: 'm.room.message',
    sender: '@nell:belfry.example',
    sender_display_name: 'Nell Marlow',
    room_name: 'Bell tower',
    prio: 'high',
    counts: { unread: 3 },
    content,
    ...changes,
  };
}

export const text = { msgtype: 'm.text', body: 'Practice is at seven.' };

/** In a chat of two, which has no name. */
export const direct = { room_name: undefined, room_id: '!nell-and-ivo:belfry.example' };

/** An event that is no message. */
export function event(type: string, content: unknown, changes: Fields = {}): Fields {
  return message(content, { type, ...changes });
}

/** An event of which only the ids are told. */
export const idsOnly = {
  event_id: '$rope-4',
  room_id: '!tower:belfry.example',
  prio: 'high',
  counts: { unread: 3 },
};
