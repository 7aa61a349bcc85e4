import { expect, test } from 'vitest';
import { createRequestLimit } from './request-limit.ts';

test('grants a burst, then so many a second, and saves up no more than a burst', () => {
  let now = 0;
  const limit = createRequestLimit(10, () => now);
  const granted = (): number => Array.from({ length: 100 }, () => limit.take()).filter(Boolean).length;
  expect(granted()).toBe(10);
  expect(granted()).toBe(0);
  now += 500;
  expect(granted()).toBe(5);
  now += 60_000;
  expect(granted()).toBe(10);
});
