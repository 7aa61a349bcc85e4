import type { Device, Notification } from '@carillon/core';
import { seededRandom } from '../chaos/random.ts';

/** Notifications and devices of whose parts each may be odd, too long or too many; the same for the same seed. */
export function* nastyNotifications(
  seed: number,
  count: number,
): Generator<{ readonly notification: Notification; readonly device: Device }> {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <const T extends readonly unknown[]>(...choices: T): T[number] =>
    choices[below(choices.length)];
  const text = (longest: number = pick(3, 60, 1_100, 2_200, 4_200, 12_000)): string => {
    let result = '';
    const length = below(longest);
    while (result.length < length) result += pick(...alphabets).repeat(1 + below(50));
    return result.slice(0, length);
  };
  const value = (depth = 0): unknown =>
    pick(
      () => text(),
      () => text(8),
      () => below(1e9),
      () => pick(null, true, false, '', [], {}),
      () => (depth > 3 ? 0 : Array.from({ length: below(5) }, () => value(depth + 1))),
      () => (depth > 3 ? 0 : object(below(5), depth + 1)),
      () => Array.from({ length: pick(10, 2_000, 9_000) }, () => 0),
    )();
  const object = (keys: number, depth = 0): Record<string, unknown> =>
    Object.fromEntries(
      Array.from({ length: keys }, () => [pick(...knownKeys, text(6), text(40)), value(depth)]),
    );
  const content = (): unknown =>
    pick(
      () => ({ msgtype: pick(...messageTypes), body: text(), ...object(below(6)) }),
      () => ({ ...object(pick(2, 30, 900)), body: value(), msgtype: pick(...messageTypes) }),
      () => object(pick(1, 4, 200)),
      () => ({ [pick('formatted_body', 'ciphertext')]: text() }),
      () => ({ offer: { sdp: pick('v=0\nm=video 9', text()) }, ...object(2) }),
      () => value(),
      () => JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`) as unknown,
    )();
  const maybe = <T>(make: () => T): T | undefined => (random() < 0.7 ? make() : undefined);

  for (let made = 0; made < count; made += 1) {
    const fields: { [K in keyof Notification]: Notification[K] | undefined } = {
      prio: pick('high', 'low'),
      eventId: pick('$event', '', undefined),
      roomId: maybe(() => pick('!room:example.org', '')),
      type: maybe(() => pick(...types)),
      sender: maybe(() => pick('@someone:example.org', '')),
      senderDisplayName: maybe(text),
      roomName: maybe(text),
      roomAlias: maybe(() => '#room:example.org'),
      membership: pick('invite', undefined),
      userIsTarget: pick(true, undefined),
      counts: maybe(() => ({ unread: below(3) })),
      content: maybe(content),
      others: random() < 0.3 ? object(pick(1, 4, 200)) : undefined,
    };
    const data = maybe(() => ({
      ...object(below(3)),
      default_payload: pick(object(below(4)), { aps: { alert: value(), sound: text(20) } }, {}),
    }));
    yield {
      notification: present(fields) as Notification, // `prio` is there
      device: {
        appId: 'app',
        pushkey: 'key',
        ...(data !== undefined && { data }),
        ...(random() < 0.5 && { tweaks: { sound: pick('bing', text(), 1) } }),
      },
    };
  }
}

const alphabets = [
  'a',
  'The bell. ',
  '"\\',
  '\u0000\n',
  'é',
  '鐘樓',
  '👩‍👩‍👧‍👦🇩🇪',
  'e\u0301',
  '\ud83d',
  '\udd14',
] as const;
const messageTypes = ['m.text', 'm.image', 'm.emote', 7, null] as const;
const types = [
  'm.room.message',
  'm.room.encrypted',
  'm.call.invite',
  'm.room.member',
  'm.reaction',
  '',
] as const;
const knownKeys = [
  'body',
  'msgtype',
  'formatted_body',
  'ciphertext',
  'content_body',
  'content',
  '__proto__',
  '7',
  'room_id',
] as const;

function present(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
