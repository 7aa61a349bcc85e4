import type { Notification } from '@carillon/core';
import { compile } from './compile.ts';
import { isObject, trimNotification } from '@carillon/sending';
import { isVideoCall, maxBodyLength, maxNameLength } from './loc-keys.ts';
import { pushTypes } from './push-types.ts';

/** Of a name that has to be cut, with what the cut looks at beyond it; in UTF-16 units, two to a code point. */
const nameUnits = 2 * maxNameLength + 128;
const maxPayloadBytes = Math.max(...Object.values(pushTypes).map(({ maxBytes }) => maxBytes));

/**
 * What of a notification can come into a payload. The payload made of it is the same, byte for byte: content is
 * never undefined where there was some, and what does not fit is replaced by less that does not fit either.
 */
export function trim(notification: Notification): Notification {
  const { type } = notification;
  return trimNotification(notification, nameUnits, (content) => trimContent(type, content));
}

function trimContent(type: string | undefined, content: unknown): unknown {
  if (!isObject(content)) return null;
  if (type === 'm.call.invite') return isVideoCall(content) ? { offer: { sdp: 'm=video' } } : null;
  if (type !== 'm.room.message' && type !== 'm.room.encrypted') return null;
  if (!Object.hasOwn(content, 'msgtype') || !Object.hasOwn(content, 'body')) return null;
  const { msgtype, body } = content;
  return {
    msgtype: msgtype === 'm.image' || msgtype === 'm.emote' ? msgtype : 'm.text',
    body: trimBody(body),
  };
}

/** A body that is no text cannot be cut: it fits as a whole or not at all. */
function trimBody(body: unknown): unknown {
  if (typeof body === 'string') return body.slice(0, maxBodyLength);
  if (typeof body !== 'object' || body === null) return body;
  const compiled = compile(body);
  return compiled !== undefined && compiled.bytes <= maxPayloadBytes ? body : ['x'.repeat(maxPayloadBytes)];
}
