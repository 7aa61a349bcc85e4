import { randomBytes } from 'node:crypto';
import type { User } from './users.ts';

export interface Room {
  readonly id: string;
  /** Undefined for a conversation that nobody gave a name. */
  readonly name: string | undefined;
  readonly alias: string | undefined;
  readonly members: Set<User>;
}

export interface Rooms {
  /** By its id or name; a name that was never heard of makes a room. */
  named(name: string): Room;
  /** The room without a name that these people have to themselves. */
  of(people: readonly User[]): Room;
}

export function createRooms(serverName: string): Rooms {
  const rooms = new Map<string, Room>();

  /** With an id as of room version 12, which has no server in it. */
  function create(key: string, name: string | undefined): Room {
    const room = {
      id: `!${randomBytes(32).toString('base64url')}`,
      name,
      alias: name === undefined ? undefined : `#${name.toLowerCase().replaceAll(/\W+/g, '-')}:${serverName}`,
      members: new Set<User>(),
    };
    rooms.set(key, room);
    rooms.set(room.id, room);
    return room;
  }

  return {
    named: (name) => rooms.get(name) ?? create(name, name),
    of(people) {
      const key = people
        .map(({ id }) => id)
        .toSorted()
        .join(' ');
      const room = rooms.get(key) ?? create(key, undefined);
      for (const one of people) room.members.add(one);
      return room;
    },
  };
}

/** What Synapse calls the room before somebody in it: nothing, for a conversation of two. */
export function roomNameFor(room: Room, user: User): string | undefined {
  if (room.name !== undefined) return room.name;
  const [first, second, ...more] = [...room.members].filter((one) => one !== user);
  if (first === undefined || second === undefined) return undefined;
  const others = more.length === 0 ? second.displayName : `${more.length + 1} others`;
  return `${first.displayName} and ${others}`;
}
