import type { Room } from './rooms.ts';
import type { User } from './users.ts';

/** What somebody has not read: notifications by room. An invitation counts until its room is read. */
export interface Unread {
  add(user: User, room: Room): void;
  read(user: User, room: Room): void;
  has(user: User, room: Room): boolean;
  /** Rooms with something unread. */
  rooms(user: User): number;
  notifications(user: User): number;
}

export function createUnread(): Unread {
  const counts = new Map<User, Map<Room, number>>();
  const of = (user: User): ReadonlyMap<Room, number> => counts.get(user) ?? new Map();
  return {
    add(user, room) {
      const mine = counts.get(user) ?? new Map<Room, number>();
      mine.set(room, (mine.get(room) ?? 0) + 1);
      counts.set(user, mine);
    },
    read: (user, room) => void counts.get(user)?.delete(room),
    has: (user, room) => of(user).has(room),
    rooms: (user) => of(user).size,
    notifications: (user) => [...of(user).values()].reduce((sum, count) => sum + count, 0),
  };
}
