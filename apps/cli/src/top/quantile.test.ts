import { expect, test } from 'vitest';
import { quantileOf } from './quantile.ts';

const buckets = (...counts: readonly [number, number][]) => new Map(counts);

test.each([
  [0.5, 1.5], // rank 5, in the bucket from 1 to 2 after 4 of 6
  [0.4, 1],
  [0.2, 0.5],
  [1, 4],
])('the share %d of evenly spread observations lies below %d', (share, value) => {
  expect(quantileOf(buckets([2, 6], [1, 4], [4, 10], [Infinity, 10]), share)).toBe(value);
});

test('what is above the last bound counts as the bound', () => {
  expect(quantileOf(buckets([1, 1], [2, 2], [Infinity, 100]), 0.99)).toBe(2);
});

test('nothing observed has no quantile', () => {
  expect(quantileOf(buckets(), 0.5)).toBeUndefined();
  expect(quantileOf(buckets([1, 0], [Infinity, 0]), 0.5)).toBeUndefined();
});
