import type { Notification } from '@carillon/core';

/**
 * A notification for phones that get the known fields alone: its names cut to `nameUnits` UTF-16 units, its content
 * as `trimContent` leaves it.
 */
export function trimNotification(
  notification: Notification,
  nameUnits: number,
  trimContent: (content: unknown) => unknown,
): Notification {
  const { others: _others, ...shown } = notification;
  const { senderDisplayName, roomName, content } = shown;
  return {
    ...shown,
    ...(senderDisplayName !== undefined && { senderDisplayName: senderDisplayName.slice(0, nameUnits) }),
    ...(roomName !== undefined && { roomName: roomName.slice(0, nameUnits) }),
    ...(content !== undefined && { content: trimContent(content) }),
  };
}
