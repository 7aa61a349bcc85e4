import type { Delivery } from '@carillon/core';

/** A delivery to test with; only what a test names is particular. */
export function deliveryFor(overrides: Partial<Delivery> = {}): Delivery {
  const now = Date.now();
  return {
    id: 'AAAAAAAAAAAAAAAAAAAAAA',
    app: 'app',
    lane: 'high',
    acceptedAt: now,
    expiresAt: now + 60_000,
    tries: 0,
    notification: { eventId: '$event', roomId: '!room', prio: 'high' },
    device: { appId: 'app', pushkey: 'pushkey' },
    ...overrides,
  };
}
