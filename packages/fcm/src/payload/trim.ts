import type { Notification } from '@carillon/core';
import { isObject, trimNotification } from '@carillon/sending';
import { floorBytes, isExpendable, maxPayloadBytes } from './fit.ts';
import { maxTextBytes } from './payload.ts';

/** Of a text that has to be cut, with what the cut looks at beyond it. A UTF-16 unit is a byte at least. */
const textUnits = maxTextBytes + 128;

/**
 * What of a notification can come into a message. The message made of it is the same, byte for byte: content is
 * never undefined where there was some, and keys stay where they stood, without the texts that have no room.
 */
export function trim(notification: Notification): Notification {
  return trimNotification(notification, textUnits, trimContent);
}

function trimContent(content: unknown): unknown {
  if (typeof content === 'string') return content.slice(0, textUnits);
  if (!isObject(content)) return null;
  const kept: [string, string][] = [];
  let keyUnits = 0;
  let bytes = 0;
  const { body, ...others } = content;
  // In the order in which the message takes them.
  for (const [key, value] of [['body', body] as const, ...Object.entries(others)]) {
    if (key !== 'body') {
      if (keyUnits + key.length > maxPayloadBytes) continue;
      keyUnits += key.length;
    }
    if (typeof value !== 'string') continue;
    const field = `content_${key}`;
    // Behind so much, cut as far as it may be, there is no room for a text that may go.
    const isKept = bytes <= maxPayloadBytes || !isExpendable(field);
    kept.push([key, isKept ? value.slice(0, textUnits) : '']);
    bytes += Buffer.byteLength(field) + Math.min(Buffer.byteLength(value), floorBytes);
  }
  return Object.fromEntries(kept);
}
