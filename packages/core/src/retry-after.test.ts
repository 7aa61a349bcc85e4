import { expect, test } from 'vitest';
import { readRetryAfter } from './retry-after.ts';

const now = Date.parse('2026-11-21T10:00:00Z');

test.each<[string, string | undefined, number | undefined]>([
  ['seconds', '90', now + 90_000],
  ['seconds among blanks', ' 7 ', now + 7_000],
  ['a date to come', 'Sat, 21 Nov 2026 10:05:00 GMT', now + 300_000],
  ['a date of the old form', 'Saturday, 21-Nov-26 10:05:00 GMT', now + 300_000],
  ['a date that has passed', 'Sat, 21 Nov 2026 09:00:00 GMT', undefined],
  ['zero', '0', undefined],
  ['a negative number', '-5', undefined],
  ['a fraction', '1.5', undefined],
  ['more digits than time has', '99999999999999', undefined],
  ['a word', 'soon', undefined],
  ['nothing', '', undefined],
  ['no header', undefined, undefined],
])('reads %s', (_name, header, expected) => {
  expect(readRetryAfter(header, now)).toBe(expected);
});
