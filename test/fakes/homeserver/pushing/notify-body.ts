import type { RoomEvent } from '../world/event.ts';
import type { Tweaks } from '../world/push-rules.ts';
import type { Pusher } from '../world/pushers.ts';
import { roomNameFor } from '../world/rooms.ts';

/** What a push tells of its pusher. */
export type Addressee = Pick<Pusher, 'app_id' | 'pushkey' | 'data' | 'setAt' | 'user'>;

/** One push for one pusher, before a homeserver gives it its form. */
export interface Push {
  readonly pusher: Addressee;
  readonly event: RoomEvent;
  readonly tweaks: Tweaks;
  readonly unread: number;
}

/** What a homeserver posts. A badge call tells of a number alone; `undefined` where a homeserver makes none. */
export interface Bodies {
  event(push: Push): object;
  badge(push: Pick<Push, 'pusher' | 'unread'>): object | undefined;
}

export const synapseBodies: Bodies = {
  event({ pusher, event, tweaks, unread }) {
    const device = { ...identityOf(pusher), data: dataOf(pusher), pushkey_ts: pusher.setAt };
    const counts = pusher.data['org.matrix.msc4076.disable_badge_count'] === true ? undefined : { unread };
    const prio = priorityOf(event, tweaks);
    if (isIdOnly(pusher))
      return {
        notification: { counts, devices: [device], event_id: event.id, prio, room_id: event.room.id },
      };
    const withTweaks = Object.keys(tweaks).length === 0 ? device : { ...device, tweaks };
    return {
      notification: {
        ...eventFields(event),
        ...(event.stateKey !== undefined && {
          membership: event.content['membership'],
          user_is_target: event.stateKey === pusher.user.id,
        }),
        counts,
        devices: [withTweaks],
        event_id: event.id,
        id: event.id,
        prio,
        room_name: roomNameFor(event.room, pusher.user),
        sender_display_name: event.sender.displayName,
      },
    };
  },
  badge: ({ pusher, unread }) => ({
    notification: {
      counts: { unread },
      devices: [{ ...identityOf(pusher), data: dataOf(pusher), pushkey_ts: pusher.setAt }],
      id: '',
      sender: '',
      type: null,
    },
  }),
};

export const dendriteBodies: Bodies = {
  event({ pusher, event, tweaks, unread }) {
    const device = { ...dendriteDevice(pusher), tweaks: withoutValue(tweaks, null) };
    const common = { counts: { unread }, devices: [device], event_id: event.id, room_id: event.room.id };
    if (isIdOnly(pusher)) return { notification: common };
    return {
      notification: {
        ...eventFields(event),
        ...common,
        id: event.id,
        room_name: event.room.name,
        ...(event.stateKey !== undefined && {
          membership: event.content['membership'],
          user_is_target: event.stateKey === pusher.user.id,
        }),
      },
    };
  },
  badge: ({ pusher, unread }) => ({
    notification: { counts: { unread }, devices: [dendriteDevice(pusher)] },
  }),
};

/** As Ruma writes it: what is the default or empty is left out, and no `pushkey_ts` is ever sent. */
export const tuwunelBodies: Bodies = {
  event({ pusher, event, tweaks, unread }) {
    const counts = unread === 0 ? undefined : { unread };
    const device = rumaDevice(pusher);
    if (isIdOnly(pusher))
      return { notification: { counts, devices: [device], event_id: event.id, room_id: event.room.id } };
    const own = withoutValue(tweaks, true);
    return {
      notification: {
        ...eventFields(event),
        counts,
        devices: [Object.keys(own).length === 0 ? device : { ...device, tweaks: own }],
        event_id: event.id,
        prio: priorityOf(event, tweaks) === 'low' ? 'low' : undefined,
        room_alias: event.room.alias,
        room_name: roomNameFor(event.room, pusher.user),
        sender_display_name: event.sender.displayName,
      },
    };
  },
  badge: ({ pusher, unread }) => ({ notification: { counts: { unread }, devices: [rumaDevice(pusher)] } }),
};

/** The first draft of the protocol: an `id`, no room, and counts and devices beside the notification. */
export const draftBodies: Bodies = {
  event({ pusher, event, tweaks, unread }) {
    const { room_id: _unknownToTheDraft, ...fields } = eventFields(event);
    return {
      counts: unread === 0 ? {} : { unread },
      devices: [{ ...identityOf(pusher), data: dataOf(pusher), pushkey_ts: pusher.setAt, tweaks }],
      notification: {
        ...fields,
        id: event.id,
        prio: priorityOf(event, tweaks),
        room_alias: event.room.alias,
        room_name: roomNameFor(event.room, pusher.user),
        sender_display_name: event.sender.displayName,
      },
    };
  },
  badge: () => undefined,
};

/** JSON with sorted keys and without spaces, whose non-ASCII stays as it is: what Synapse signs and sends. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonicalJson(one)}`).join(',')}}`;
}

const eventFields = ({ content, room, sender, type }: RoomEvent) => ({
  content,
  room_id: room.id,
  sender: sender.id,
  type,
});

const identityOf = ({ app_id, pushkey }: Addressee) => ({ app_id, pushkey });

const isIdOnly = ({ data }: Addressee): boolean => data['format'] === 'event_id_only';

/** Everything that the client gave, without the `url`. */
function dataOf({ data: { url: _forUsAlone, ...data } }: Addressee): Readonly<Record<string, unknown>> {
  return data;
}

function dendriteDevice(pusher: Addressee): object {
  const data = dataOf(pusher);
  const isEmpty = Object.keys(data).length === 0;
  return { ...identityOf(pusher), data: isEmpty ? null : data, pushkey_ts: pusher.setAt };
}

function rumaDevice(pusher: Addressee): object {
  const data = dataOf(pusher);
  return Object.keys(data).length === 0 ? identityOf(pusher) : { ...identityOf(pusher), data };
}

/** `highlight` is a tweak that needs no value; a homeserver that does without it leaves a false one out. */
function withoutValue(tweaks: Tweaks, whenTrue: null | true): Tweaks {
  const { highlight, ...others } = tweaks;
  return highlight === true ? { ...others, highlight: whenTrue } : others;
}

function priorityOf({ type }: RoomEvent, { highlight, sound }: Tweaks): 'high' | 'low' {
  return type === 'm.room.encrypted' || Boolean(highlight) || Boolean(sound) ? 'high' : 'low';
}
