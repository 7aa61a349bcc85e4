import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { encodedBytes } from '../../../../test/golden/encoded-bytes.ts';
import { nastyNotifications } from '../../../../test/golden/nasty-notifications.ts';
import { fcmShape } from '../config.ts';
import { createMessageBuilder } from './payload.ts';
import { makeDelivery } from '../../../../test/fakes/delivery.ts';
import { trim } from './trim.ts';

const settings = z
  .object(fcmShape)
  .parse({ project_id: 'example-project', service_account_file: 'fcm.json' });

test.each([1, 2, 3])('messages are the same with and without the trim (seed %i)', (seed) => {
  const build = createMessageBuilder(settings);
  const delivery = makeDelivery();
  let cut = 0;
  for (const { notification, device } of nastyNotifications(seed, 150)) {
    const trimmed = trim(notification);
    const [whole, small] = [notification, trimmed].map((one) =>
      build({ ...delivery, notification: one, device }, delivery.acceptedAt),
    );
    expect(isDeepStrictEqual(small, whole)).toBe(true); // long, and nothing to print
    expect(trimmed.content === undefined).toBe(notification.content === undefined);
    if (encodedBytes(trimmed) < encodedBytes(notification)) cut += 1;
  }
  // Else the comparison would prove little.
  expect(cut).toBeGreaterThan(25);
});

test('of content there is no more than texts, and no longer ones than a message may have', () => {
  const texts = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`key-${n}`, 't'.repeat(900)]));
  const content = { body: 'b'.repeat(60_000), list: Array.from({ length: 10_000 }, () => 0), ...texts };
  const trimmed = trim({ prio: 'high', content });
  expect(trimmed.content).toMatchObject({ body: 'b'.repeat(1_152), 'key-0': texts['key-0'], 'key-499': '' });
  expect(trimmed.content).not.toHaveProperty('list');
});
