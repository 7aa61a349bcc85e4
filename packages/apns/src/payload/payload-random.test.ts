import type { Device, Notification } from '@carillon/core';
import { expect, test } from 'vitest';
import { seededRandom } from '../../../../test/chaos/random.ts';
import { localizedText } from './loc-keys.ts';
import { buildPayload } from './payload.ts';
import { isObject } from '@carillon/sending';

const alphabets = [
  'The quick bell rings at noon. ',
  '"\\"\\',
  '\u0000\u0001\u001f\n\t\b',
  '鐘樓鳴響',
  'الجرس يدق',
  '👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿❤️‍🔥🇩🇪',
  'e\u0301o\u0308\u0332',
  '\ud83d',
  '\udd14x',
  'क्षिनमस्ते',
];

function generator(seed: number) {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(choices: readonly T[]): T | undefined => choices[below(choices.length)];
  const text = (): string => {
    const length = pick([0, 1, 5, 30, 300, 1500, 5000]) ?? 0;
    let result = '';
    while (result.length < length) result += (pick(alphabets) ?? '').repeat(1 + below(40));
    return result.slice(0, length);
  };
  const value = (depth: number): unknown => {
    const kind = below(depth > 4 ? 5 : 7);
    if (kind === 5) return Array.from({ length: below(4) }, () => value(depth + 1));
    if (kind === 6) return object(depth + 1, ['aps', 'alert', 'body', 'loc-args', 'x']);
    return [text(), below(1e6), null, true, -1.5][kind];
  };
  const object = (depth: number, keys: readonly string[]): Record<string, unknown> => {
    const made: Record<string, unknown> = {};
    for (const key of [...keys, '__proto__', 'constructor'])
      if (random() < 0.4) Object.defineProperty(made, key, { value: value(depth), enumerable: true });
    return made;
  };
  const sometimes = <K extends string, V>(key: K, make: () => V): { [key in K]?: V } =>
    random() < 0.7 ? ({ [key]: make() } as { [key in K]: V }) : {};
  const alert = () =>
    pick<() => unknown>([
      text,
      () => object(2, ['title', 'body', 'loc-key', 'loc-args']),
      () => value(0),
    ])?.();

  const notification = (): Notification => ({
    ...sometimes('eventId', () => pick(['', '$1', text()]) ?? ''),
    ...sometimes('roomId', () => pick(['', '!tower:belfry.example', text()]) ?? ''),
    ...sometimes(
      'type',
      () => pick(['', 'm.room.message', 'm.room.encrypted', 'm.call.invite', 'm.room.member', 'x']) ?? '',
    ),
    ...sometimes('sender', text),
    ...sometimes('senderDisplayName', text),
    ...sometimes('roomName', text),
    ...sometimes('roomAlias', text),
    ...sometimes('membership', () => pick(['invite', 'ban']) ?? ''),
    ...sometimes('userIsTarget', () => random() < 0.8),
    ...sometimes('counts', () => ({
      ...sometimes('unread', () => below(9)),
      ...sometimes('missedCalls', () => below(9)),
    })),
    ...sometimes('content', () =>
      random() < 0.8
        ? {
            msgtype: pick(['m.text', 'm.emote', 'm.image', 7]),
            body: random() < 0.8 ? text() : value(0),
            offer: value(0),
          }
        : value(0),
    ),
    prio: random() < 0.5 ? 'high' : 'low',
  });
  const device = (): Device => ({
    appId: 'app',
    pushkey: 'key',
    ...sometimes('tweaks', () => ({ sound: random() < 0.5 ? 'default' : value(0) })),
    ...sometimes('data', () => ({
      ...sometimes('default_payload', () =>
        random() < 0.8
          ? {
              ...object(3, ['x', 'y']),
              ...sometimes('aps', () =>
                random() < 0.8 ? { alert: alert(), ...object(3, ['badge', 'sound']) } : value(0),
              ),
            }
          : value(0),
      ),
    })),
  });
  return { notification, device };
}

const rules = { sendBadgeCounts: true, sound: true, threadId: true };

/** Every text in a JSON value, keys included. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return isObject(value) ? Object.entries(value).flatMap(([key, inner]) => [key, ...textsOf(inner)]) : [];
}

test.each([1, 2, 3, 4])(
  'whatever arrives, makes a payload that fits and can be read, or says why not (seed %i)',
  (seed) => {
    const { notification, device } = generator(seed);
    let made = 0;
    let atTheLimit = 0;
    for (let count = 0; count < 500; count += 1) {
      const maxBytes = count % 5 === 0 ? 5120 : 4096;
      const event = notification();
      const target = device();
      const before = JSON.stringify([event, target]);
      const built = buildPayload(event, target, { ...rules, maxBytes });
      expect(JSON.stringify([event, target])).toBe(before);
      if (!built.ok) continue;
      made += 1;
      const bytes = Buffer.byteLength(built.json);
      expect(bytes).toBeLessThanOrEqual(maxBytes);
      if (bytes > maxBytes - 100) atTheLimit += 1;
      const payload: unknown = JSON.parse(built.json);
      expect(isObject(payload)).toBe(true);
      expect(textsOf(payload).every((text) => text.isWellFormed())).toBe(true);
    }
    // Else the numbers would prove little.
    expect(made).toBeGreaterThan(200);
    expect(atTheLimit).toBeGreaterThan(20);
  },
);

test('refuses nothing that fits with all its texts cut away', () => {
  const { notification } = generator(7);
  for (let count = 0; count < 300; count += 1) {
    const { roomId: _room, ...event } = { ...notification(), eventId: '$1' };
    if (localizedText(event) === undefined && event.type !== undefined) continue;
    const built = buildPayload(event, { appId: 'app', pushkey: 'key' }, { ...rules, maxBytes: 400 });
    expect(built.ok).toBe(true);
  }
});
