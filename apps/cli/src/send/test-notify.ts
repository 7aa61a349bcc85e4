import { randomUUID } from 'node:crypto';
import { parseNotifyRequest, type Device, type Notification } from '@carillon/core';

/** The kinds of push that `carillon send` makes, as a homeserver's notifies differ. */
export const sendKinds = ['message', 'call', 'badge', 'encrypted', 'invite', 'event_id_only'] as const;
export type SendKind = (typeof sendKinds)[number];

export interface TestPush {
  readonly appId: string;
  readonly pushkey: string;
  readonly kind: SendKind;
  /** The pusher's `data`, such as its `default_payload`. */
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * What Synapse would send, read as the ingress reads it. Without a `pushkey_ts`, so that a pushkey known dead
 * is told to be so whenever it was registered.
 */
export function testNotify(push: TestPush): { readonly notification: Notification; readonly device: Device } {
  const { appId, pushkey, kind } = push;
  const data = kind === 'event_id_only' ? { format: 'event_id_only', ...push.data } : push.data;
  const tweaks = kind === 'badge' ? {} : { sound: kind === 'call' ? 'ring' : 'default' };
  const notification = { ...fieldsOf(kind), devices: [{ app_id: appId, pushkey, data, tweaks }] };
  const parsed = parseNotifyRequest({ notification });
  const device = parsed.ok ? parsed.request.devices[0] : undefined;
  if (!parsed.ok || device === undefined) throw new Error('A notify of our own cannot be read');
  return { notification: parsed.request.notification, device };
}

function fieldsOf(kind: SendKind): object {
  const eventId = `$carillon-send-${randomUUID()}`;
  const place = {
    event_id: eventId,
    room_id: '!carillon-send:localhost',
    counts: { unread: 1 },
    prio: 'high',
  };
  const event = {
    ...place,
    sender: '@carillon:localhost',
    sender_display_name: 'Carillon',
    room_name: 'A test push',
  };
  switch (kind) {
    case 'message':
      return { ...event, type: 'm.room.message', content: { msgtype: 'm.text', body: 'It rings.' } };
    case 'call':
      return {
        ...event,
        type: 'm.call.invite',
        content: { call_id: eventId, version: '1', lifetime: 30_000, offer: { type: 'offer', sdp: '' } },
      };
    case 'encrypted':
      return {
        ...event,
        type: 'm.room.encrypted',
        content: { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: '' },
      };
    case 'invite':
      return {
        ...event,
        type: 'm.room.member',
        membership: 'invite',
        user_is_target: true,
        content: { membership: 'invite' },
      };
    case 'event_id_only':
      return place;
    case 'badge':
      return { id: '', type: null, sender: '', counts: { unread: 1 } };
    default:
      return kind satisfies never;
  }
}
