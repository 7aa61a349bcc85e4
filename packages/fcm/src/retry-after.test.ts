import { expect, test } from 'vitest';
import { readRetryAfter } from './retry-after.ts';

const now = Date.UTC(2026, 9, 1, 12, 0, 0);

test.each([
  ['30', now + 30_000],
  [' 1 ', now + 1_000],
  ['Thu, 01 Oct 2026 12:05:00 GMT', now + 300_000],
])('reads %j', (header, at) => {
  expect(readRetryAfter(header, now)).toBe(at);
});

test.each([undefined, '', '0', '-5', 'soon', '1.5', '99999999999999', 'Thu, 01 Oct 2026 11:00:00 GMT'])(
  'leaves it to the backoff for %j',
  (header) => {
    expect(readRetryAfter(header, now)).toBeUndefined();
  },
);
