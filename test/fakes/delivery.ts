import type { Delivery, Device, Notification } from '@carillon/core';

export interface DeliveryFields extends Partial<Omit<Delivery, 'notification' | 'device'>> {
  readonly notification?: Partial<Notification>;
  readonly device?: Partial<Device>;
}

/** A delivery to test with; only what a test names is particular. */
export function makeDelivery({ notification, device, ...rest }: DeliveryFields = {}): Delivery {
  const now = Date.now();
  return {
    id: 'AAAAAAAAAAAAAAAAAAAAAA',
    app: 'app',
    lane: 'high',
    acceptedAt: now,
    expiresAt: now + 86_400_000,
    tries: 0,
    ...rest,
    notification: { eventId: '$event', roomId: '!room:example.org', prio: 'high', ...notification },
    device: { appId: 'org.example.app', pushkey: 'phone', ...device },
  };
}
