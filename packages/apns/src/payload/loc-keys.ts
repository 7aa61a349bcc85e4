import type { Notification } from '@carillon/core';
import { cutToCodePoints, isObject } from '@carillon/sending';

/** What the app on the phone makes its text of: a key of its string table and what goes into the gaps. */
export interface LocalizedText {
  readonly key: string;
  /** Texts, but for a message's body, which its sender may have made anything. */
  readonly args: readonly unknown[];
}

type Gap = 'from' | 'room' | 'body';
type Template = readonly [key: string, ...gaps: Gap[]];

/** Kind of message → the same in a room with a name and without. Keys and order of gaps are Sygnal's. */
const messages: Readonly<Record<MessageKind, { readonly inRoom: Template; readonly direct: Template }>> = {
  image: {
    inRoom: ['IMAGE_FROM_USER_IN_ROOM', 'from', 'body', 'room'],
    direct: ['IMAGE_FROM_USER', 'from', 'body'],
  },
  emote: {
    inRoom: ['ACTION_FROM_USER_IN_ROOM', 'room', 'from', 'body'],
    direct: ['ACTION_FROM_USER', 'from', 'body'],
  },
  text: {
    inRoom: ['MSG_FROM_USER_IN_ROOM_WITH_CONTENT', 'from', 'room', 'body'],
    direct: ['MSG_FROM_USER_WITH_CONTENT', 'from', 'body'],
  },
  unreadable: {
    inRoom: ['MSG_FROM_USER_IN_ROOM', 'from', 'room'],
    direct: ['MSG_FROM_USER', 'from'],
  },
};
const invitation: { readonly inRoom: Template; readonly direct: Template } = {
  inRoom: ['USER_INVITE_TO_NAMED_ROOM', 'from', 'room'],
  direct: ['USER_INVITE_TO_CHAT', 'from'],
};
const videoCall: Template = ['VIDEO_CALL_FROM_USER', 'from'];
const voiceCall: Template = ['VOICE_CALL_FROM_USER', 'from'];
const somethingElse: Template = ['MSG_FROM_USER', 'from'];

type MessageKind = 'image' | 'emote' | 'text' | 'unreadable';

/** Names are cut there, in code points, as Sygnal cuts them. */
export const maxNameLength = 1024;
/** More of a body never fits; in UTF-16 units, of which each is at least a byte. */
export const maxBodyLength = 5120;

/**
 * The text of an event's alert; undefined for one that rings nobody (a badge update, a member event that is no
 * invitation of the user). With `plainBody` a body that is no string counts as none.
 */
export function localizedText(notification: Notification, plainBody = false): LocalizedText | undefined {
  const { type } = notification;
  if (type === undefined || type === '') return undefined;
  const room = roomOf(notification);
  switch (type) {
    case 'm.room.message':
    case 'm.room.encrypted': {
      const { kind, body } = messageOf(notification.content, plainBody);
      return fill(messages[kind][room === undefined ? 'direct' : 'inRoom'], notification, room, body);
    }
    case 'm.call.invite':
      return fill(isVideoCall(notification.content) ? videoCall : voiceCall, notification, room);
    case 'm.room.member':
      if (notification.userIsTarget !== true || notification.membership !== 'invite') return undefined;
      return fill(invitation[room === undefined ? 'direct' : 'inRoom'], notification, room);
    default:
      return fill(somethingElse, notification, room);
  }
}

function fill(
  [key, ...gaps]: Template,
  notification: Notification,
  room: string | undefined,
  body?: unknown,
): LocalizedText {
  return {
    key,
    args: gaps.map((gap) => (gap === 'from' ? fromOf(notification) : gap === 'room' ? room : body)),
  };
}

/** Who it is from: the display name, even an empty one beside a sender; a blank when nobody is named. */
function fromOf({ sender = '', senderDisplayName }: Notification): string {
  const name = senderDisplayName ?? sender;
  return name === '' && sender === '' ? ' ' : cutToCodePoints(name, maxNameLength);
}

function roomOf({ roomName = '', roomAlias = '' }: Notification): string | undefined {
  const name = roomName === '' ? roomAlias : roomName;
  return name === '' ? undefined : cutToCodePoints(name, maxNameLength);
}

function messageOf(
  content: unknown,
  plainBody: boolean,
): { readonly kind: MessageKind; readonly body?: unknown } {
  if (!isObject(content) || !Object.hasOwn(content, 'msgtype') || !Object.hasOwn(content, 'body'))
    return { kind: 'unreadable' };
  const { msgtype, body: raw } = content;
  if (typeof raw !== 'string' && plainBody) return { kind: 'unreadable' };
  const body = typeof raw === 'string' && raw.length > maxBodyLength ? raw.slice(0, maxBodyLength) : raw;
  if (msgtype === 'm.image') return { kind: 'image', body };
  if (isNothing(body)) return { kind: 'unreadable' };
  return { kind: msgtype === 'm.emote' ? 'emote' : 'text', body };
}

/** What Python, in which Sygnal is written, takes for false: an empty text, list or object, 0, false, null. */
function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return !value;
}

export function isVideoCall(content: unknown): boolean {
  if (!isObject(content) || !isObject(content['offer'])) return false;
  const { sdp } = content['offer'];
  return typeof sdp === 'string' && sdp.includes('m=video');
}
