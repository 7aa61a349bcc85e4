import type { Device, Notification } from '@carillon/core';

/**
 * Each device keeps a copy of the notification. Homeservers name one device a request; in a stranger's, many devices could
 * multiply what they share. So the copies of a request may take twice its bytes (invariant 14). Where they would take more, the
 * phones are told less, and fetch the event themselves: first without its content, then by its ids alone.
 */
export function boundCopies(notification: Notification, devices: readonly Device[]): Notification {
  if (devices.length <= fewDevices) return notification;
  const ofDevices = lengthOf(devices);
  const fits = (copy: Notification): boolean =>
    lengthOf(copy) * devices.length <= 2 * (lengthOf(notification) + ofDevices);
  if (fits(notification)) return notification;
  const { content: _content, others: _others, ...short } = notification;
  return fits(short) ? short : idsOf(notification);
}

/** Two copies are never more than twice the bytes of one. */
const fewDevices = 2;

/** What `format: event_id_only` needs, and what the lane is told by. */
function idsOf({ eventId, roomId, type, prio, counts }: Notification): Notification {
  return {
    ...(eventId !== undefined && { eventId }),
    ...(roomId !== undefined && { roomId }),
    ...(type !== undefined && { type }),
    prio,
    ...(counts !== undefined && { counts }),
  };
}

/** NaN, which fits nowhere, for what nests deeper than the stack. */
function lengthOf(value: unknown): number {
  try {
    return JSON.stringify(value).length;
  } catch (error) {
    if (error instanceof RangeError) return NaN;
    throw error;
  }
}
