import { expect, test } from 'vitest';
import { timeSpan } from './time-span.ts';

test.each([
  [0, '0 ms'],
  [850.4, '850 ms'],
  [12_900, '12 s'],
  [600_000, '10 min'],
  [603_000, '10 min 3 s'],
  [7_380_000, '2 h 3 min'],
  [86_400_000 * 1.5, '1 d 12 h'],
  [86_400_000 * 42.7, '42 d'],
])('%d ms are %s', (ms, text) => {
  expect(timeSpan(ms)).toBe(text);
});
