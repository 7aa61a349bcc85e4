import { lanes, type Delivery } from './delivery.ts';

/**
 * The delivery as text on the queue. Keys that it may lack are left out, so a waiting delivery stays small.
 *
 * What strangers wrote may nest deeper than the stack of `JSON.stringify`. Such a value is left out rather
 * than failing a request that homeservers would block a pusher for: first the event's content and what
 * no field of ours is, then the device's tweaks and data.
 */
export function encodeDelivery(delivery: Delivery): string {
  try {
    return JSON.stringify(delivery);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const { content: _content, others: _others, ...notification } = delivery.notification;
    return encodeWithoutDeepDevice({ ...delivery, notification });
  }
}

function encodeWithoutDeepDevice(delivery: Delivery): string {
  try {
    return JSON.stringify(delivery);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const { data: _data, tweaks: _tweaks, ...device } = delivery.device;
    return JSON.stringify({ ...delivery, device });
  }
}

/** Undefined for what no version of Carillon wrote. */
export function decodeDelivery(text: string): Delivery | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isDelivery(value) ? value : undefined;
}

function isDelivery(value: unknown): value is Delivery {
  if (typeof value !== 'object' || value === null) return false;
  const { id, app, lane, acceptedAt, expiresAt, tries, notification, device } = value as Partial<Delivery>;
  return (
    typeof id === 'string' &&
    typeof app === 'string' &&
    lane !== undefined &&
    lanes.includes(lane) &&
    typeof acceptedAt === 'number' &&
    typeof expiresAt === 'number' &&
    typeof tries === 'number' &&
    typeof notification === 'object' &&
    notification !== null &&
    typeof device === 'object' &&
    device !== null &&
    typeof device.appId === 'string' &&
    typeof device.pushkey === 'string'
  );
}
