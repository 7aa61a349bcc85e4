import { likes, type LikeName } from './likes.ts';
import { connectGateway, type Gateway } from './pushing/gateway.ts';
import { createOutbox, type Outbox, type Try, type Underway } from './pushing/outbox.ts';
import { createEvent, type RoomEvent } from './world/event.ts';
import { tweaksFor, type Tweaks } from './world/push-rules.ts';
import { createPushers, type Pusher, type PusherSettings } from './world/pushers.ts';
import { createRooms, type Room, type Rooms } from './world/rooms.ts';
import { createUnread } from './world/unread.ts';
import type { User } from './world/users.ts';

export interface HomeserverOptions {
  /** Default: `synapse`. */
  readonly like?: LikeName;
  readonly serverName?: string;
  /** Default: connections as that homeserver makes them. Closed with the homeserver. */
  readonly gateway?: Gateway;
  /** After each POST to a gateway. */
  readonly onTry?: (one: Try) => void;
  /** Milliseconds after which a failed push is tried again for the first time. Default: 1,000, as Synapse. */
  readonly firstRetryMs?: number;
  /** No wait is longer than so many milliseconds. Default: as that homeserver has it. */
  readonly longestRetryMs?: number;
  /** How long an event is tried. Default: as that homeserver does. */
  readonly giveUpAfterMs?: number;
}

/** What happens in a room. */
export interface NewEvent {
  readonly from: User;
  readonly room: Room;
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** Of a state event. */
  readonly stateKey?: string;
  /** Instead of what the default push rules say, for everyone but the sender: as rules of their own would have it. */
  readonly tweaks?: Tweaks;
}

export interface Sent {
  readonly event: RoomEvent;
  /** One for each enabled pusher of those who are told. */
  readonly pushes: readonly (Underway & { readonly pusher: Pusher })[];
}

/**
 * Users with pushers, rooms, and what a homeserver tells push gateways of them. Nothing is kept when it is closed.
 *
 *   set        a client sets a pusher: what waited for it is dropped, and so are pushers of others with its key
 *   pushes     an event that the rules let through goes to every enabled pusher of a user
 *   deleted    by its client, by somebody else's pusher of the same key, or because a gateway has rejected its key
 */
export interface Homeserver {
  readonly rooms: Rooms;
  setPusher(user: User, settings: PusherSettings, append: boolean): Pusher;
  deletePusher(user: User, appId: string, pushkey: string): void;
  pushersOf(user: User): readonly Pusher[];
  readonly pushers: readonly Pusher[];
  send(event: NewEvent): Sent;
  read(user: User, room: Room): void;
  unreadOf(user: User): number;
  close(): void;
}

export function createHomeserver(options: HomeserverOptions = {}): Homeserver {
  const like = likes[options.like ?? 'synapse'];
  const { gateway = connectGateway(like.transport), onTry = () => undefined, firstRetryMs = 1_000 } = options;
  const { giveUpAfterMs = like.giveUpAfterMs, longestRetryMs = Infinity } = options;
  const rooms = createRooms(options.serverName ?? 'example.org');
  const pushers = createPushers(like.pushers);
  const unread = createUnread();
  const outboxes = new Map<Pusher, Outbox>();

  const unreadOf = (user: User): number => unread[like.unread](user);

  function open(pusher: Pusher): void {
    const { user } = pusher;
    const outbox = createOutbox({
      pusher,
      like,
      gateway,
      firstRetryMs,
      longestRetryMs,
      giveUpAfterMs,
      unread: () => unreadOf(user),
      isUnread: ({ room }) => unread.has(user, room),
      onTry,
      deletePusher() {
        pushers.remove(pusher);
        close([pusher]);
      },
    });
    outboxes.set(pusher, outbox);
  }

  function close(gone: readonly Pusher[]): void {
    for (const pusher of gone) {
      outboxes.get(pusher)?.close();
      outboxes.delete(pusher);
    }
  }

  return {
    rooms,
    setPusher(user, settings, append) {
      const { pusher, gone } = pushers.set(user, settings, append, Math.floor(Date.now() / 1_000));
      close(gone);
      open(pusher);
      return pusher;
    },
    deletePusher: (user, appId, pushkey) => close(pushers.delete(user, appId, pushkey)),
    pushersOf: (user) => pushers.of(user),
    get pushers() {
      return pushers.all;
    },
    send({ from, room, type, content, stateKey, tweaks: given }) {
      const event = createEvent({ room, sender: from, type, content, stateKey });
      room.members.add(from);
      const told = [...room.members].flatMap((user) => {
        const tweaks = user === from ? undefined : (given ?? tweaksFor(event, user));
        return tweaks === undefined ? [] : [{ user, tweaks }];
      });
      for (const { user } of told) unread.add(user, room);
      const pushes = told.flatMap(({ user, tweaks }) =>
        pushers
          .of(user)
          .filter(({ enabled }) => enabled)
          .flatMap((pusher) => {
            const underway = outboxes.get(pusher)?.push(event, tweaks);
            return underway === undefined ? [] : [{ pusher, ...underway }];
          }),
      );
      return { event, pushes };
    },
    read(user, room) {
      unread.read(user, room);
      for (const pusher of pushers.of(user)) if (pusher.enabled) outboxes.get(pusher)?.badge();
    },
    unreadOf,
    close() {
      close(pushers.all);
      gateway.close();
    },
  };
}
