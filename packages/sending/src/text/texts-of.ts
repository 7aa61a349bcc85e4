import type { Notification } from '@carillon/core';

/** The texts of a notification, by their names in Matrix's push API, which are those that phones know. */
export function textsOf(
  notification: Notification,
): readonly (readonly [key: string, text: string | undefined])[] {
  return [
    ['room_id', notification.roomId],
    ['room_name', notification.roomName],
    ['room_alias', notification.roomAlias],
    ['membership', notification.membership],
    ['event_id', notification.eventId],
    ['sender', notification.sender],
    ['sender_display_name', notification.senderDisplayName],
    ['type', notification.type],
  ];
}
