import type { JsonLine } from '../installation/child.ts';

/** A notification that a phone got: its provider's stand-in accepted it. */
export interface Ring {
  /** The device token or registration token that it went to. */
  readonly token: string;
  /** Undefined for a badge update. */
  readonly eventId: string | undefined;
  /** What the phone shows. */
  readonly text: string;
  /** Two rings of one identity are one notification on the phone: the second replaces the first. */
  readonly identity: string;
  /** `performance.now()` when the demo heard of it. */
  readonly at: number;
}

/** Reads a line that the stand-in for APNs prints for an accepted notification; undefined for any other. */
export function ringOfApns({ token, apns_id: id, payload }: JsonLine, at: number): Ring | undefined {
  if (typeof token !== 'string' || typeof id !== 'string' || !isObject(payload)) return undefined;
  const aps = isObject(payload['aps']) ? payload['aps'] : {};
  const alert = isObject(aps['alert']) ? aps['alert'] : {};
  const { 'loc-args': args } = alert;
  const texts = Array.isArray(args) ? args.map(String) : [];
  const badge = typeof aps['badge'] === 'number' ? `badge ${aps['badge']}` : 'nothing to show';
  return {
    token,
    eventId: stringOr(payload['event_id'], undefined),
    text: texts.length === 0 ? badge : texts.join(': '),
    identity: id,
    at,
  };
}

/** The same for the stand-in for FCM. The app tells messages apart by the event id in their data. */
export function ringOfFcm({ token, message }: JsonLine, at: number): Ring | undefined {
  if (typeof token !== 'string' || !isObject(message) || !isObject(message['data'])) return undefined;
  const { data } = message;
  const eventId = stringOr(data['event_id'], undefined);
  const body = stringOr(data['content_body'], undefined);
  const sender = stringOr(data['sender_display_name'], stringOr(data['sender'], 'somebody'));
  return {
    token,
    eventId,
    text: body === undefined ? `badge ${stringOr(data['unread'], '0')}` : `${sender}: ${body}`,
    identity: eventId ?? '',
    at,
  };
}

function isObject(value: unknown): value is JsonLine {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stringOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise;
}
