import type { Counts, Device, Notification, NotifyRequest } from './notification.ts';

/** Why a request cannot be read, as the Matrix error that says so. */
export interface RequestProblem {
  readonly errcode: 'M_BAD_JSON' | 'M_MISSING_PARAM';
  /** Names the field. Never quotes the request: its values are secrets. */
  readonly error: string;
}

export type ParsedRequest =
  | { readonly ok: true; readonly request: NotifyRequest }
  | { readonly ok: false; readonly problem: RequestProblem };

/** What `JSON.parse` made. Read by constant names only, none of which every object has, as `constructor` is. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the JSON body of a notify request.
 *
 * Only `notification`, `devices`, `app_id` and `pushkey` can make it unreadable, by a wrong type or by being
 * missing (null is missing): a 4xx makes a homeserver block the pusher for a day, so all else that is odd
 * counts as absent. `counts` and `devices` are also taken from beside `notification`, where the first draft
 * of the protocol printed them. What is read has bounds, since anybody may have
 * written it. `now` in milliseconds since 1970.
 */
export function parseNotifyRequest(body: unknown, now = Date.now()): ParsedRequest {
  if (!isObject(body)) return badJson('The body must be a JSON object');
  const raw = body['notification'];
  if (raw === undefined || raw === null) return missing('notification');
  if (!isObject(raw)) return badJson('notification must be an object');

  const rawDevices = raw['devices'] ?? body['devices'];
  if (rawDevices === undefined || rawDevices === null) return missing('notification.devices');
  if (!Array.isArray(rawDevices)) return badJson('notification.devices must be a list');

  const devices: Device[] = [];
  for (const [index, rawDevice] of rawDevices.entries()) {
    const path = `notification.devices[${index}]`;
    if (!isObject(rawDevice)) return badJson(`${path} must be an object`);
    for (const key of ['app_id', 'pushkey'] as const) {
      const value = rawDevice[key];
      if (value === undefined || value === null) return missing(`${path}.${key}`);
      if (typeof value !== 'string') return badJson(`${path}.${key} must be a string`);
    }
    devices.push(readDevice(rawDevice, now));
  }

  const notification = readNotification(raw, raw['counts'] ?? body['counts']);
  const eventKey = nonEmpty(notification.eventId) ?? nonEmpty(identifier(raw['id']));
  return { ok: true, request: { notification, devices, ...(eventKey !== undefined && { eventKey }) } };
}

function readNotification(raw: Fields, rawCounts: unknown): Notification {
  return withoutUndefined<Notification>({
    eventId: identifier(raw['event_id']),
    roomId: identifier(raw['room_id']),
    type: identifier(raw['type']),
    sender: name(raw['sender']), // shown where there is no display name
    senderDisplayName: name(raw['sender_display_name']),
    roomName: name(raw['room_name']),
    roomAlias: identifier(raw['room_alias']),
    membership: identifier(raw['membership']),
    userIsTarget: flag(raw['user_is_target']),
    prio: raw['prio'] === 'low' ? 'low' : 'high',
    counts: readCounts(rawCounts),
    content: raw['content'] ?? undefined,
    others: readOthers(raw),
  });
}

/** `id` is an older name of the event's; devices are nobody's business but ours. */
const knownFields: ReadonlySet<string> = new Set([
  'id',
  'devices',
  'event_id',
  'room_id',
  'type',
  'sender',
  'sender_display_name',
  'room_name',
  'room_alias',
  'membership',
  'user_is_target',
  'prio',
  'counts',
  'content',
]);

function readOthers(raw: Fields): Fields | undefined {
  let others: [string, unknown][] | undefined;
  for (const key of Object.keys(raw)) if (!knownFields.has(key)) (others ??= []).push([key, raw[key]]);
  // `fromEntries` makes own properties of whatever name.
  return others && Object.fromEntries(others);
}

function readCounts(raw: unknown): Counts | undefined {
  if (!isObject(raw)) return undefined;
  const counts = withoutUndefined<Counts>({
    unread: wholeNumber(raw['unread']),
    missedCalls: wholeNumber(raw['missed_calls']),
  });
  return counts.unread === undefined && counts.missedCalls === undefined ? undefined : counts;
}

function readDevice(raw: Fields, now: number): Device {
  const data = raw['data'];
  return withoutUndefined<Device>({
    appId: raw['app_id'] as string, // checked by the caller
    pushkey: raw['pushkey'] as string, // checked by the caller
    pushkeyTs: pushkeyTs(raw['pushkey_ts'], now),
    data: isObject(data) ? data : undefined,
    tweaks: readTweaks(raw['tweaks']),
  });
}

/** Of these a phone is told the sound alone. */
function readTweaks(raw: unknown): Device['tweaks'] {
  const sound = isObject(raw) ? identifier(raw['sound']) : undefined;
  return sound === undefined ? undefined : { sound };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Ids, types and aliases of Matrix have at most 255 bytes (Client-Server API, "Size limits"); what is longer is none. */
const maxIdentifierBytes = 255;

function identifier(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const isShort = value.length * 3 <= maxIdentifierBytes; // no character takes more than three bytes a unit
  return isShort || Buffer.byteLength(value) <= maxIdentifierBytes ? value : undefined;
}

/** More of a name is in no payload: in UTF-16 units, of which each is a byte at least. */
const maxNameLength = 5_120;

function name(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, maxNameLength) : undefined;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function wholeNumber(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

const daySeconds = 86_400;

/** A clock may be wrong by a little. A time further ahead would outlive every later registration of the pushkey, so it is now. */
function pushkeyTs(value: unknown, now: number): number | undefined {
  const seconds = wholeNumber(value);
  const present = Math.floor(now / 1_000);
  return seconds !== undefined && seconds > present + daySeconds ? present : seconds;
}

/** Drops keys without a value, so that an absent field takes no room on the queue. */
function withoutUndefined<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  const result: Record<string, unknown> = {};
  for (const key in fields) if (fields[key] !== undefined) result[key] = fields[key];
  return result as T;
}

function missing(path: string): ParsedRequest {
  return { ok: false, problem: { errcode: 'M_MISSING_PARAM', error: `Missing ${path}` } };
}

function badJson(error: string): ParsedRequest {
  return { ok: false, problem: { errcode: 'M_BAD_JSON', error } };
}
