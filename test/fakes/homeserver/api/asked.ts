import type { Homeserver } from '../homeserver.ts';
import type { Room } from '../world/rooms.ts';
import type { User, Users } from '../world/users.ts';
import { badJson, missing } from './matrix-error.ts';
import type { Request } from './routes.ts';

/** What a request to make something happen says, checked as it is read. */
export interface Asked {
  text(key: string): string | undefined;
  needed(key: string): string;
  flag(key: string): boolean;
  object(key: string): Readonly<Record<string, unknown>> | undefined;
  people(): readonly User[];
  /** With everybody who is named in it. */
  room(one: User): Room;
}

export function readAsked(request: Request, { rooms }: Homeserver, users: Users): Asked {
  const body = request.json();
  const text = (key: string): string | undefined => {
    const value = body[key] ?? undefined;
    if (value !== undefined && typeof value !== 'string') throw badJson(`${key} must be a text`);
    return value === '' ? undefined : value;
  };
  const needed = (key: string): string => {
    const value = text(key);
    if (value === undefined) throw missing([key]);
    return value;
  };
  const people = (): readonly User[] => {
    const to = body['to'] ?? [];
    const names: readonly unknown[] = Array.isArray(to) ? to : [to];
    return names.map((name) => {
      if (typeof name !== 'string' || name === '') throw badJson('to must be a name or a list of names');
      return users.named(name);
    });
  };
  return {
    text,
    needed,
    people,
    flag: (key) => body[key] === true,
    object(key) {
      const value = body[key] ?? undefined;
      if (value === undefined) return undefined;
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw badJson(`${key} must be an object`);
      return { ...value };
    },
    room(one) {
      const name = text('room');
      const others = people();
      if (name === undefined && others.length === 0) throw missing(['to', 'room']);
      const room = name === undefined ? rooms.of([one, ...others]) : rooms.named(name);
      for (const user of [one, ...others]) room.members.add(user);
      return room;
    },
  };
}
