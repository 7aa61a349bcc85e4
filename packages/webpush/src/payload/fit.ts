import { cutToJsonBytes, isObject, jsonBytes, toJson } from '@carillon/sending';
import type { JsonObject } from '@carillon/sending';

/** The body of a message keeps so much of its JSON before other content is left out for it. */
const bodyFloorBytes = 256;
/** Names are cut to so much of their JSON when they leave the content less than `contentFloorBytes`. */
const nameBytes = 128;
const contentFloorBytes = 512;
const contentFrameBytes = Buffer.byteLength(',"content":');

const names = ['room_name', 'room_alias', 'sender_display_name', 'sender'] as const;

/**
 * A payload as JSON of at most `maxBytes`:
 *
 * 1. `content.body` is cut.
 * 2. Where that is not enough, other keys of the content go, the longest first: a client can still fetch the event.
 * 3. Long names are cut, since remote users choose them.
 * 4. The content goes altogether.
 *
 * Undefined if it still does not fit, which is the doing of the client's own `default_payload`. What nests deeper
 * than the stack goes like what is too long.
 */
export function fit(payload: JsonObject, maxBytes: number): string | undefined {
  const whole = toJson(payload);
  if (whole !== undefined && bytesOf(whole) <= maxBytes) return whole;
  const { content, ...rest } = payload;
  const room = roomBeside(rest, maxBytes);
  const outer = room >= (content === undefined ? 0 : contentFloorBytes) ? rest : cutNames(rest);
  const shrunk = isObject(content)
    ? shrinkContent(content, roomBeside(outer, maxBytes) - contentFrameBytes)
    : undefined;
  const json = toJson(shrunk === undefined ? outer : { ...outer, content: shrunk });
  return json !== undefined && bytesOf(json) <= maxBytes ? json : undefined;
}

/** Those of the fields, the shortest first, that fit into `maxBytes` beside what `fit` leaves of the payload at least. */
export function fieldsThatFit(fields: JsonObject, beside: JsonObject, maxBytes: number): JsonObject {
  const { content: _content, ...rest } = beside;
  return Object.fromEntries(shortest(fields, roomBeside(cutNames(rest), maxBytes)).kept);
}

function roomBeside(rest: JsonObject, maxBytes: number): number {
  const json = toJson(rest);
  return json === undefined ? -1 : maxBytes - bytesOf(json);
}

function cutNames(fields: JsonObject): JsonObject {
  const cut: Record<string, unknown> = { ...fields };
  for (const name of names) {
    const text = fields[name];
    if (typeof text === 'string') cut[name] = cutToJsonBytes(text, nameBytes);
  }
  return cut;
}

/** The content in at most `room` bytes of JSON; undefined if nothing of it fits. */
function shrinkContent(content: JsonObject, room: number): JsonObject | undefined {
  const { body, ...others } = content;
  const text = typeof body === 'string' ? body : undefined;
  const bodyFrame = text === undefined ? 0 : Buffer.byteLength('"body":"",');
  const floor = text === undefined ? 0 : Math.min(jsonBytes(text), bodyFloorBytes) + bodyFrame;
  // Without the braces, and with what the body has to have.
  const { kept, bytes } = shortest(text === undefined ? content : others, room - 2 - floor);
  const left = room - 2 - bytes;
  if (text !== undefined && left > bodyFrame) kept.push(['body', cutToJsonBytes(text, left - bodyFrame)]);
  // `fromEntries` makes own properties of whatever name.
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** As many of the fields as fit into `room` bytes of JSON, the shortest first. */
function shortest(
  fields: JsonObject,
  room: number,
): { readonly kept: [string, unknown][]; readonly bytes: number } {
  const sized = Object.entries(fields)
    .map(([key, value]) => ({ key, value, bytes: entryBytes(key, value) }))
    .toSorted((a, b) => a.bytes - b.bytes);
  const kept: [string, unknown][] = [];
  let total = 0;
  for (const { key, value, bytes } of sized) {
    if (total + bytes > room) break;
    kept.push([key, value]);
    total += bytes;
  }
  return { kept, bytes: total };
}

/** A key and its value in JSON, with the comma. */
function entryBytes(key: string, value: unknown): number {
  const json = toJson(value);
  return json === undefined ? Number.POSITIVE_INFINITY : jsonBytes(key) + 4 + bytesOf(json);
}

function bytesOf(json: string): number {
  return Buffer.byteLength(json);
}
