import type { Homeserver } from '../../fakes/homeserver/homeserver.ts';
import { contents } from '../../fakes/homeserver/world/event.ts';
import type { User } from '../../fakes/homeserver/world/users.ts';
import type { Phone } from './phone.ts';

export interface Person extends User {
  /** The one that they hold; a pusher for it may be set or not. */
  phone: Phone;
}

/** A message whose notify was answered 200. */
export interface Notified {
  readonly eventId: string;
  readonly from: Person;
  readonly to: Person;
  readonly text: string;
  /** The body that was posted, for a retry of the same bytes. */
  readonly body: string;
  /** `performance.now()` when its notify was first sent. */
  readonly postedAt: number;
  readonly rejected: readonly string[];
  /** Whether the homeserver deleted the pusher because of the answer. */
  readonly pusherDeleted: boolean;
}

/** As the app on the phone does when it starts. */
export function setPusher(homeserver: Homeserver, person: Person, url: string): void {
  const { appId, pushkey, name } = person.phone;
  homeserver.setPusher(
    person,
    {
      app_id: appId,
      pushkey,
      app_display_name: 'Example',
      device_display_name: name,
      lang: 'en',
      profile_tag: '',
      enabled: true,
      device_id: 'PHONE',
      data: { url },
    },
    false,
  );
}

/** Somebody writes to somebody. Undefined when the receiver has no pusher, so that nothing is sent. */
export async function write(
  homeserver: Homeserver,
  from: Person,
  to: Person,
  text: string,
): Promise<Notified | undefined> {
  const room = homeserver.rooms.of([from, to]);
  const { event, pushes } = homeserver.send({
    from,
    room,
    type: 'm.room.message',
    content: contents.message(text),
  });
  const [push] = pushes;
  const [first, pushed] = await Promise.all([push?.firstTry, push?.pushed]);
  if (first === undefined || pushed?.kind !== 'delivered') return undefined;
  const { body, rejected, pusherDeleted } = pushed.last;
  return { eventId: event.id, from, to, text, body, postedAt: first.at, rejected, pusherDeleted };
}
