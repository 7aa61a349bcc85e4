import { expect, test } from 'vitest';
import { withoutUnwantedCounts } from './badge-switch.ts';
import type { Device, Notification } from './notification.ts';

const badge: Notification = { prio: 'high', sender: '', counts: { unread: 4 } };
const event: Notification = { ...badge, eventId: '$e', roomId: '!r' };

function pusher(data: Device['data']): Device {
  return { appId: 'app', pushkey: 'key', ...(data !== undefined && { data }) };
}

test.each(['disable_badge_count', 'org.matrix.msc4076.disable_badge_count'])(
  'a pusher with %s gets no counts, and no notification that has nothing else',
  (name) => {
    expect(withoutUnwantedCounts(badge, pusher({ [name]: true }))).toBeUndefined();
    expect(withoutUnwantedCounts(event, pusher({ [name]: true }))).toEqual({
      prio: 'high',
      sender: '',
      eventId: '$e',
      roomId: '!r',
    });
  },
);

test('any other pusher gets what there is', () => {
  for (const data of [undefined, {}, { disable_badge_count: false }, { disable_badge_count: 'true' }])
    expect(withoutUnwantedCounts(badge, pusher(data))).toBe(badge);
  const inherited = Object.create({ disable_badge_count: true }) as Record<string, unknown>;
  expect(withoutUnwantedCounts(badge, pusher(inherited))).toBe(badge);
});
