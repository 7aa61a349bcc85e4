import { isAboutEvent } from './delivery.ts';
import type { Device, Notification } from './notification.ts';

/** What a client writes into its pusher's `data` to count for itself (MSC4076), with the name before it is in the spec. */
const switches = ['disable_badge_count', 'org.matrix.msc4076.disable_badge_count'] as const;

/**
 * The notification as this pusher wants it: without counts where its client counts for itself, and undefined where
 * nothing is left then. Homeservers that do not know the switch send such pushers their counts all the same, and the
 * phone would show them over its own number.
 */
export function withoutUnwantedCounts(
  notification: Notification,
  { data }: Device,
): Notification | undefined {
  if (notification.counts === undefined || data === undefined) return notification;
  if (!switches.some((name) => Object.hasOwn(data, name) && data[name] === true)) return notification;
  const { counts: _counts, ...rest } = notification;
  return isAboutEvent(rest) ? rest : undefined;
}
