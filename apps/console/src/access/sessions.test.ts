import { expect, test } from 'vitest';
import { createSessions, sessionSeconds } from './sessions.ts';

test('remembers a session for its time, and no more than so many', () => {
  let now = 0;
  const sessions = createSessions(() => now);
  const first = sessions.open('alice');
  expect(sessions.userOf(first)).toBe('alice');
  now = sessionSeconds * 1_000 - 1;
  expect(sessions.userOf(first)).toBe('alice');
  now += 1;
  expect(sessions.userOf(first)).toBeUndefined();
  const values = Array.from({ length: 1_001 }, () => sessions.open('bob'));
  expect(values.map((value) => sessions.userOf(value)).filter(Boolean)).toHaveLength(1_000);
});
