import type { Notification } from '@carillon/core';
import { isObject, jsonBytes, toJson } from '@carillon/sending';
import type { JsonObject } from '@carillon/sending';

/** More than any push service takes. */
const maxBytes = 4096;
/** Of a text that does not fit, with what a cut looks at beyond its end. A UTF-16 unit is a byte at least. */
const textUnits = maxBytes + 128;

/**
 * What of a notification can come into a payload, for a browser or for UnifiedPush. The payload made of it is the
 * same, byte for byte: content is never undefined where there was some, and what does not fit is replaced by less
 * that does not fit either.
 */
export function trim(notification: Notification): Notification {
  const { content, others } = notification;
  return {
    ...notification,
    ...(content !== undefined && !fits(content) && { content: trimContent(content) }),
    ...(others !== undefined && !fits(others) && { others: trimOthers(others) }),
  };
}

/** Browsers get the content without these, so that they take no room from the others. */
const onlyForUnifiedPush: ReadonlySet<string> = new Set(['formatted_body', 'ciphertext']);

/**
 * The body, cut; the keys that browsers do not get; and of the others the shortest, as many as there is room for and
 * one more: payloads are filled in that order.
 */
function trimContent(content: unknown): unknown {
  if (!isObject(content)) return 'x'.repeat(textUnits);
  const entries = Object.entries(content).map(([key, value]) => [key, shorten(value)] as const);
  const isOther = ([key, value]: readonly [string, unknown]) =>
    !onlyForUnifiedPush.has(key) && !(key === 'body' && typeof value === 'string');
  const dropped = longest(entries.filter(isOther));
  return Object.fromEntries(entries.filter(([key]) => !dropped.has(key)));
}

function trimOthers(others: JsonObject): JsonObject {
  const entries = Object.entries(others).map(([key, value]) => [key, shorten(value)] as const);
  const dropped = longest(entries);
  return Object.fromEntries(entries.filter(([key]) => !dropped.has(key)));
}

/** The keys of those that no payload has room for beside the shorter ones and one more. */
function longest(entries: readonly (readonly [string, unknown])[]): ReadonlySet<string> {
  const dropped = new Set<string>();
  let bytes = 0;
  const sized = entries.map(([key, value]) => ({ key, bytes: entryBytes(key, value) }));
  for (const entry of sized.toSorted((a, b) => a.bytes - b.bytes)) {
    if (bytes > maxBytes) dropped.add(entry.key);
    bytes += entry.bytes;
  }
  return dropped;
}

/** Not of its own kind where that cannot be cut: a text is read otherwise than what is none. */
function shorten(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, textUnits);
  return fits(value) ? value : ['x'.repeat(textUnits)];
}

function fits(value: unknown): boolean {
  const json = toJson(value);
  return json !== undefined && Buffer.byteLength(json) <= maxBytes;
}

function entryBytes(key: string, value: unknown): number {
  return jsonBytes(key) + Buffer.byteLength(toJson(value) ?? '');
}
