import type { Delivery } from '@carillon/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { seededRandom } from '../../../../test/chaos/random.ts';
import type { Random } from '../../../../test/chaos/random.ts';
import { checkMessage } from '../../../../test/fakes/fcm/checks.ts';
import { fcmShape } from '../config.ts';
import { createMessageBuilder } from './payload.ts';
import { makeDelivery } from '../../../../test/fakes/delivery.ts';

/** Whatever a room member and a client write: FCM takes the message, and nothing is ever thrown. */

const pieces = [
  'a',
  'Z',
  ' ',
  '\n',
  '\u0000',
  '"',
  '\\',
  'ü',
  '鐘',
  '🔔',
  'e\u0301',
  '👩‍👩‍👧‍👦',
  '🇨🇭',
  '\ud83d',
  '\ude00',
  '…',
  '\u202e',
];
const keys = [
  'body',
  'msgtype',
  'formatted_body',
  '__proto__',
  'constructor',
  'from',
  'google.x',
  'gcm',
  'message_type',
  'event_id',
  'room_id',
  'content',
  'prio',
  'unread',
  '',
  '\ud800',
  'k'.repeat(300),
];

class Chance {
  readonly #next: Random;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item; // below its length
  }

  text(): string {
    if (this.below(3) === 0) return this.one(pieces).repeat(this.one([0, 1, 300, 1100, 5000]));
    return Array.from({ length: this.one([1, 5, 20, 20, 20, 400]) }, () => this.one(pieces)).join('');
  }

  maybe<Value>(make: () => Value): Value | undefined {
    return this.below(3) === 0 ? undefined : make();
  }

  json(depth = 0): unknown {
    const kind = this.below(depth > 3 ? 4 : 6);
    if (kind < 2) return this.text();
    if (kind === 2) return this.one([0, -1.5, 1e300, true, false, null]);
    if (kind === 3) return '';
    if (kind === 4) return Array.from({ length: this.below(4) }, () => this.json(depth + 1));
    return this.object(depth + 1);
  }

  object(depth = 0): Record<string, unknown> {
    const entries = Array.from({ length: this.below(12) }, () => {
      const key = this.below(2) === 0 ? this.one(keys) : this.text().slice(0, 80);
      return [key, this.json(depth)] as const;
    });
    // As JSON.parse makes it: `__proto__` is an own key.
    return Object.fromEntries(entries);
  }

  delivery(): Delivery {
    const counts = { unread: this.below(3) * 500_000_000, missedCalls: this.below(2) };
    const fields = {
      eventId: this.maybe(() => this.text()),
      roomId: this.maybe(() => this.text()),
      type: this.maybe(() => this.text()),
      sender: this.maybe(() => this.text()),
      senderDisplayName: this.maybe(() => this.text()),
      roomName: this.maybe(() => this.text()),
      roomAlias: this.maybe(() => this.text()),
      membership: this.maybe(() => this.text()),
      counts: this.maybe(() => counts),
      content: this.maybe(() => (this.below(4) === 0 ? this.json() : this.object())),
    };
    const notification = Object.fromEntries(
      Object.entries(fields).filter(([, value]) => value !== undefined),
    );
    const defaultPayload = this.maybe(() => (this.below(8) === 0 ? this.json() : this.object()));
    const delivery = makeDelivery({
      expiresAt: Date.now() + this.below(100_000_000) - 1000,
      ...(defaultPayload !== undefined && { device: { data: { default_payload: defaultPayload } } }),
    });
    return { ...delivery, notification: { prio: this.one(['high', 'low'] as const), ...notification } };
  }
}

const builders = [
  {},
  { send_badge_counts: false },
  { fcm_options: { notification: { title: 'x'.repeat(1000) } } },
].map((settings) =>
  createMessageBuilder(z.object(fcmShape).parse({ service_account_file: 'k', ...settings })),
);

test('FCM takes every message that is built, of 1,000 random notifications', () => {
  let sent = 0;
  const wrong: string[] = [];
  for (let seed = 1; seed <= 1000; seed += 1) {
    const chance = new Chance(seed);
    const delivery = chance.delivery();
    const built = chance.one(builders)(delivery, Date.now());
    if (built.ok) {
      sent += 1;
      wrong.push(...problemsOf(built.body, delivery).map((problem) => `seed ${seed}: ${problem}`));
    } else if (built.fault === 'pushkey_malformed') wrong.push(`seed ${seed}: ${built.fault}`);
  }
  expect(wrong).toEqual([]);
  expect(sent).toBeGreaterThan(700);
});

function problemsOf(body: string, { notification }: Delivery): readonly string[] {
  const checked = checkMessage(body);
  if (!checked.ok) return [`FCM refuses it: ${JSON.stringify(checked.answer)}`];
  const { token, data } = checked.message;
  const { eventId } = notification;
  return [
    ...(token === 'phone' ? [] : ['another token']),
    // The client finds the message by it, so that it must come through whole.
    ...(eventId === undefined ||
    Buffer.byteLength(eventId) > 1024 ||
    data?.['event_id'] === eventId.toWellFormed()
      ? []
      : ['another event_id']),
  ];
}
