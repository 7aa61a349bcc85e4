import type { Delivery } from '@carillon/core';
import { createHash } from 'node:crypto';

/** Device tokens of 32 bytes, in hex: a different one for each number. */
export function tokenOf(number: number): string {
  return createHash('sha256').update(String(number)).digest('hex');
}

/** The pushkey with which an app registers a device token: base64 of it. */
function pushkeyOf(token: string): string {
  return Buffer.from(token, 'hex').toString('base64');
}

export interface DeliveryChanges {
  readonly notification?: Partial<Delivery['notification']>;
  readonly device?: Partial<Delivery['device']>;
  readonly delivery?: Partial<Omit<Delivery, 'notification' | 'device'>>;
}

/** An ordinary message in a room for the device with `tokenOf(number)`, but for the changes. */
export function deliveryOf(
  number: number,
  { notification, device, delivery }: DeliveryChanges = {},
): Delivery {
  const now = Date.now();
  return {
    id: createHash('md5').update(`delivery ${number}`).digest('base64url'),
    app: 'com.example.app.ios',
    lane: 'high',
    acceptedAt: now,
    expiresAt: now + 86_400_000,
    tries: 0,
    notification: {
      eventId: `$event${number}`,
      roomId: '!tower:belfry.example',
      type: 'm.room.message',
      sender: '@wilma:belfry.example',
      senderDisplayName: 'Wilma',
      roomName: 'Tower',
      prio: 'high',
      counts: { unread: 2 },
      content: { msgtype: 'm.text', body: 'The clapper is loose again' },
      ...notification,
    },
    device: { appId: 'com.example.app.ios', pushkey: pushkeyOf(tokenOf(number)), ...device },
    ...delivery,
  };
}
