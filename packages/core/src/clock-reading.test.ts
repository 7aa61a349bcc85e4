import { expect, test } from 'vitest';
import { readDateHeader } from './clock-reading.ts';

const at = Date.parse('2026-05-01T12:00:00Z');

test('a clock that is right is within its uncertainty', () => {
  const date = new Date(at).toUTCString();
  expect(readDateHeader('here', date, at + 400, at + 600)).toEqual({
    of: 'here',
    aheadMs: 0,
    uncertainMs: 600,
  });
});

test('a clock that is ten minutes ahead is told so', () => {
  const date = new Date(at + 600_000).toUTCString();
  expect(readDateHeader('here', date, at, at + 1_000)?.aheadMs).toBe(600_000);
});

test.each([undefined, '', 'soon'])('%j is no date', (date) => {
  expect(readDateHeader('here', date, at, at)).toBeUndefined();
});
