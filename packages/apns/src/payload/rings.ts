import { laneOf } from '@carillon/core';
import type { Notification } from '@carillon/core';
import { isObject } from '@carillon/sending';

/**
 * Whether an event may make a phone ring, as far as the notification tells: a call that nobody has left, ended or
 * only tells of. An event without a type (`event_id_only`) may be one.
 */
export function mayRing(notification: Notification): boolean {
  const { eventId = '', type = '', content } = notification;
  if (type === '') return eventId !== '';
  return laneOf(notification) === 'calls' && !(isObject(content) && isQuiet(type, content));
}

/** Of the content of MatrixRTC (MSC4075, MSC4143) and of the calls before it (MSC3401). */
function isQuiet(type: string, content: Readonly<Record<string, unknown>>): boolean {
  if (content['notification_type'] === 'notification' || content['notify_type'] === 'notify') return true;
  if ('m.terminated' in content) return true;
  // A member leaves with an empty state event, or with an empty list in it.
  return (
    type.endsWith('.member') &&
    [Object.keys(content), content['memberships'], content['m.calls']].some(
      (list) => Array.isArray(list) && list.length === 0,
    )
  );
}
