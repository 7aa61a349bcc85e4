import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { encodedBytes } from '../../../../test/golden/encoded-bytes.ts';
import { nastyNotifications } from '../../../../test/golden/nasty-notifications.ts';
import { buildPayload, buildUnifiedPushPayload } from './payload.ts';
import { trim } from './trim.ts';

test.each([1, 2, 3])('payloads are the same with and without the trim (seed %i)', (seed) => {
  let cut = 0;
  for (const { notification, device } of nastyNotifications(seed, 80)) {
    const trimmed = trim(notification);
    for (const build of [buildPayload, buildUnifiedPushPayload]) {
      for (const maxBytes of [2641, 3993]) {
        const [whole, small] = [notification, trimmed].map((one) => build(one, device, maxBytes));
        expect(isDeepStrictEqual(small, whole)).toBe(true); // long, and nothing to print
      }
    }
    expect(trimmed.content === undefined).toBe(notification.content === undefined);
    if (encodedBytes(trimmed) < encodedBytes(notification)) cut += 1;
  }
  // Else the comparison would prove little.
  expect(cut).toBeGreaterThan(15);
});

test('what fits is left as it is, as UnifiedPush forwards it', () => {
  const notification = {
    prio: 'high',
    content: { body: 'b', formatted_body: 'f', list: [1, { a: 2 }] },
    others: { 'com.example.room_read': '!r' },
  } as const;
  expect(trim(notification)).toEqual(notification);
});

test('content keeps no more than a few payloads', () => {
  const texts = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`key-${n}`, 't'.repeat(900)]));
  const big = {
    body: 'b'.repeat(60_000),
    formatted_body: 'f'.repeat(60_000),
    list: Array.from({ length: 10_000 }, () => 0),
  };
  expect(encodedBytes(trim({ prio: 'high', content: { ...texts, ...big } }))).toBeLessThan(15_000);
  expect(encodedBytes(trim({ prio: 'high', others: { ...texts, ...big } }))).toBeLessThan(6_000);
});
