import { expect, test } from 'vitest';
import { timeText } from './time-text.ts';

test.each([
  [-5, '0ms'],
  [0.4, '0ms'],
  [850, '850ms'],
  [999.7, '1s'],
  [1_000, '1s'],
  [4_249, '4.2s'],
  [9_960, '10s'],
  [12_400, '12s'],
  [59_600, '1m'],
  [250_000, '4m 10s'],
  [3_605_000, '1h'],
  [97_200_000, '1d 3h'],
  [90 * 86_400_000, '90d'],
])('%d ms is %s', (ms, text) => {
  expect(timeText(ms)).toBe(text);
});
