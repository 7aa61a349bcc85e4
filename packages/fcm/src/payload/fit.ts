import { cutToBytes } from '@carillon/sending';

/** FCM counts keys and values of `data`, in UTF-8 (error `INVALID_ARGUMENT`, "message is too big"). */
export const maxPayloadBytes = 4096;

export type DataFields = Map<string, string>;

/** The client finds the message by these; cut, they name nothing. */
const neverCut: ReadonlySet<string> = new Set(['event_id', 'room_id', 'prio', 'unread', 'missed_calls']);
/** Content that a notification is made of; the rest of `content_*` may go. */
const keptContent: ReadonlySet<string> = new Set(['content_body', 'content_msgtype']);
/** Below this a text says nothing any more: other things go first. */
export const floorBytes = 64;

/**
 * Makes `defaults` (of the client's `default_payload`) and `fields` (of the notification) fit into `budget`
 * bytes together, changing both. It always succeeds:
 *
 * 1. Values of the client's that leave no room for the notification go, longest first. They are not cut: they
 *    are the client's own, and half a key or half a JSON text is worse than none.
 * 2. The texts of the notification are cut to one length, so that the longest lose most, but not below 64 bytes.
 * 3. Keys of the content other than body and msgtype go, last first.
 */
export function fitPayload(defaults: DataFields, fields: DataFields, budget: number): void {
  if (!mayExceed(defaults, fields, budget)) return;
  for (const key of fields.keys()) defaults.delete(key);
  let defaultsBytes = bytesOf(defaults);
  if (defaultsBytes + bytesOf(fields) <= budget) return;

  const room = budget - bareBytes(fields);
  for (const [key, bytes] of longestFirst(defaults)) {
    if (defaultsBytes <= room) break;
    defaults.delete(key);
    defaultsBytes -= bytes;
  }
  const fieldsBudget = budget - defaultsBytes;
  cutLongest(fields, fieldsBudget);
  dropContent(fields, fieldsBudget);
}

/** A cheap bound for the common case: three bytes for each UTF-16 unit. */
function mayExceed(defaults: DataFields, fields: DataFields, budget: number): boolean {
  let units = 0;
  for (const [key, value] of defaults) units += key.length + value.length;
  for (const [key, value] of fields) units += key.length + value.length;
  return units * 3 > budget;
}

/** What the notification needs at least: all that step 3 keeps, cut as far as step 2 may. */
function bareBytes(fields: DataFields): number {
  let bytes = 0;
  for (const [key, value] of fields) {
    if (isExpendable(key)) continue;
    const valueBytes = Buffer.byteLength(value);
    bytes += Buffer.byteLength(key) + (neverCut.has(key) ? valueBytes : Math.min(valueBytes, floorBytes));
  }
  return bytes;
}

function cutLongest(fields: DataFields, budget: number): void {
  const texts = [...fields].filter(([key]) => !neverCut.has(key));
  const lengths = texts.map(([, value]) => Buffer.byteLength(value)).toSorted((a, b) => b - a);
  let excess = bytesOf(fields) - budget;
  let level = lengths[0] ?? 0;
  // Lowers the level from each length to the next, all longer texts coming down together.
  for (let longer = 1; excess > 0 && level > floorBytes && longer <= lengths.length; longer += 1) {
    const next = Math.max(lengths[longer] ?? 0, floorBytes);
    const lowered = Math.max(next, level - Math.ceil(excess / longer));
    excess -= (level - lowered) * longer;
    level = lowered;
  }
  for (const [key, value] of texts) fields.set(key, cutToBytes(value, level));
}

function dropContent(fields: DataFields, budget: number): void {
  let bytes = bytesOf(fields);
  for (const [key, value] of [...fields].toReversed()) {
    if (bytes <= budget) return;
    if (!isExpendable(key)) continue;
    fields.delete(key);
    bytes -= Buffer.byteLength(key) + Buffer.byteLength(value);
  }
}

export function isExpendable(key: string): boolean {
  return key.startsWith('content_') && !keptContent.has(key);
}

function longestFirst(fields: DataFields): readonly (readonly [string, number])[] {
  return [...fields]
    .map(([key, value]) => [key, Buffer.byteLength(key) + Buffer.byteLength(value)] as const)
    .toSorted(([, a], [, b]) => b - a);
}

function bytesOf(fields: DataFields): number {
  let bytes = 0;
  for (const [key, value] of fields) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  return bytes;
}
