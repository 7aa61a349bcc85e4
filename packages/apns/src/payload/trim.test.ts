import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { encodedBytes } from '../../../../test/golden/encoded-bytes.ts';
import { nastyNotifications } from '../../../../test/golden/nasty-notifications.ts';
import { buildPayload } from './payload.ts';
import { trim } from './trim.ts';

test.each([1, 2, 3])('payloads are the same with and without the trim (seed %i)', (seed) => {
  let cut = 0;
  for (const { notification, device } of nastyNotifications(seed, 150)) {
    const trimmed = trim(notification);
    for (const maxBytes of [4096, 5120]) {
      const rules = { sendBadgeCounts: true, sound: true, threadId: true, maxBytes };
      const [whole, small] = [notification, trimmed].map((one) => buildPayload(one, device, rules));
      expect(isDeepStrictEqual(small, whole)).toBe(true); // long, and nothing to print
    }
    expect(trimmed.content === undefined).toBe(notification.content === undefined);
    if (encodedBytes(trimmed) < encodedBytes(notification)) cut += 1;
  }
  // Else the comparison would prove little.
  expect(cut).toBeGreaterThan(25);
});

test('nothing is left but the body and what names it', () => {
  const content = { msgtype: 'm.text', body: 'b'.repeat(60_000), formatted_body: 'f'.repeat(60_000) };
  const names = { senderDisplayName: 's'.repeat(5_120), roomName: 'r'.repeat(5_120) };
  const trimmed = trim({ prio: 'high', type: 'm.room.message', ...names, content });
  expect(trimmed.content).toEqual({ msgtype: 'm.text', body: 'b'.repeat(5_120) });
  expect(encodedBytes(trimmed)).toBeLessThan(10_000);
});
