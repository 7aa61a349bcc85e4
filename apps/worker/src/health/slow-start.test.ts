import { expect, test } from 'vitest';
import { createSlowStart } from './slow-start.ts';

test('limits nothing before it has begun', () => {
  expect(createSlowStart().limit(Date.now())).toBe(Infinity);
});

test('doubles what may be in flight each second, and ends', () => {
  const start = createSlowStart();
  start.begin(1_000);
  expect([1_000, 1_999, 2_000, 4_500, 9_999].map((now) => start.limit(now))).toEqual([8, 8, 16, 64, 2_048]);
  expect(start.limit(10_000)).toBe(Infinity);
});
