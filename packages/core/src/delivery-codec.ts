import type { Delivery } from './delivery.ts';
import type { Device, Notification } from './notification.ts';

/**
 * The delivery as text on the queue. It is what most of Redis' memory goes into while deliveries wait, so keys are short, what
 * is absent or as usual is left out, and so is what the delivery's place on Redis tells.
 *
 * What strangers wrote may nest deeper than the stack of `JSON.stringify`. Such a value is left out rather
 * than failing a request that homeservers would block a pusher for: first what came with the event,
 * then the device's tweaks and data.
 */
export function encodeDelivery(delivery: Delivery): string {
  const stored = toStored(delivery);
  try {
    return JSON.stringify(stored);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return encodeWithoutDeepDevice({ ...stored, content: undefined, others: undefined });
  }
}

function encodeWithoutDeepDevice(stored: Stored): string {
  try {
    return JSON.stringify(stored);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return JSON.stringify({ ...stored, data: undefined, tweaks: undefined });
  }
}

/** What stands in the keys of a delivery. */
export type DeliveryPlace = Pick<Delivery, 'id' | 'app' | 'lane'>;

export type StoredDelivery =
  | { readonly kind: 'delivery'; readonly delivery: Delivery }
  /** A later version of Carillon wrote it (invariant 17). */
  | { readonly kind: 'newer' }
  /** No version wrote it. */
  | { readonly kind: 'unreadable' };

/** Of this form. A change that this version could not read is a new one. */
const version = 1;

interface Stored {
  v: number;
  at: number;
  /** Milliseconds from `at` to the end. */
  life: number;
  tries: number | undefined;
  unheard: number | undefined;
  reply: string | undefined;
  trace: string | undefined;
  hops: 0 | undefined;
  claim: 0 | undefined;
  event: string | undefined;
  room: string | undefined;
  type: string | undefined;
  from: string | undefined;
  name: string | undefined;
  roomName: string | undefined;
  alias: string | undefined;
  member: string | undefined;
  me: boolean | undefined;
  low: 1 | undefined;
  counts: Notification['counts'] | undefined;
  content: unknown;
  others: Notification['others'] | undefined;
  /** Undefined where it is the app's name. */
  appId: string | undefined;
  key: string;
  keyTs: number | undefined;
  data: Device['data'] | undefined;
  address: string | undefined;
  tweaks: Device['tweaks'] | undefined;
}

function toStored({ notification, device, ...delivery }: Delivery): Stored {
  return {
    v: version,
    at: delivery.acceptedAt,
    life: delivery.expiresAt - delivery.acceptedAt,
    tries: delivery.tries === 0 ? undefined : delivery.tries,
    unheard: delivery.unheardSince,
    reply: delivery.replyTo,
    trace: delivery.traceContext,
    hops: delivery.hops === false ? 0 : undefined,
    claim: delivery.unclaimed === true ? 0 : undefined,
    event: notification.eventId,
    room: notification.roomId,
    type: notification.type,
    from: notification.sender,
    name: notification.senderDisplayName,
    roomName: notification.roomName,
    alias: notification.roomAlias,
    member: notification.membership,
    me: notification.userIsTarget,
    low: notification.prio === 'low' ? 1 : undefined,
    counts: notification.counts,
    content: notification.content,
    others: notification.others,
    appId: device.appId === delivery.app ? undefined : device.appId,
    key: device.pushkey,
    keyTs: device.pushkeyTs,
    data: device.data,
    address: device.address,
    tweaks: device.tweaks,
  };
}

/** Reads what `encodeDelivery` wrote, and says what it is instead if no version or a later one did. */
export function decodeDelivery(text: string, place: DeliveryPlace): StoredDelivery {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'unreadable' };
  }
  if (typeof value !== 'object' || value === null) return { kind: 'unreadable' };
  const stored = value as Partial<Stored>;
  if (typeof stored.v === 'number' && stored.v > version) return { kind: 'newer' };
  return isStored(stored)
    ? { kind: 'delivery', delivery: toDelivery(stored, place) }
    : { kind: 'unreadable' };
}

function isStored(stored: Partial<Stored>): stored is Stored {
  const { v, at, life, key } = stored;
  return v === version && typeof at === 'number' && typeof life === 'number' && typeof key === 'string';
}

function toDelivery(stored: Stored, { id, app, lane }: DeliveryPlace): Delivery {
  return {
    id,
    app,
    lane,
    acceptedAt: stored.at,
    expiresAt: stored.at + stored.life,
    tries: stored.tries ?? 0,
    ...(stored.unheard !== undefined && { unheardSince: stored.unheard }),
    ...(stored.reply !== undefined && { replyTo: stored.reply }),
    ...(stored.trace !== undefined && { traceContext: stored.trace }),
    ...(stored.hops === 0 && { hops: false }),
    ...(stored.claim === 0 && { unclaimed: true }),
    notification: toNotification(stored),
    device: {
      appId: stored.appId ?? app,
      pushkey: stored.key,
      ...(stored.keyTs !== undefined && { pushkeyTs: stored.keyTs }),
      ...(stored.data !== undefined && { data: stored.data }),
      ...(stored.address !== undefined && { address: stored.address }),
      ...(stored.tweaks !== undefined && { tweaks: stored.tweaks }),
    },
  };
}

function toNotification(stored: Stored): Notification {
  return {
    ...(stored.event !== undefined && { eventId: stored.event }),
    ...(stored.room !== undefined && { roomId: stored.room }),
    ...(stored.type !== undefined && { type: stored.type }),
    ...(stored.from !== undefined && { sender: stored.from }),
    ...(stored.name !== undefined && { senderDisplayName: stored.name }),
    ...(stored.roomName !== undefined && { roomName: stored.roomName }),
    ...(stored.alias !== undefined && { roomAlias: stored.alias }),
    ...(stored.member !== undefined && { membership: stored.member }),
    ...(stored.me !== undefined && { userIsTarget: stored.me }),
    prio: stored.low === 1 ? 'low' : 'high',
    ...(stored.counts !== undefined && { counts: stored.counts }),
    ...(stored.content !== undefined && { content: stored.content }),
    ...(stored.others !== undefined && { others: stored.others }),
  };
}
