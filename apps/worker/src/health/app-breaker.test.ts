import { expect, test } from 'vitest';
import { createAppBreaker } from './app-breaker.ts';

const now = 1_795_000_000_000;

/** Notes so many answers at one time; resolves to whether any of them tripped. */
function note(breaker: ReturnType<typeof createAppBreaker>, count: number, trouble: boolean, at: number) {
  return Array.from({ length: count }, () => breaker.note(trouble, at)).includes(true);
}

test('trips at the twentieth send when at least half are trouble', () => {
  const breaker = createAppBreaker();
  expect(note(breaker, 10, false, now)).toBe(false);
  expect(note(breaker, 9, true, now)).toBe(false);
  expect(breaker.note(true, now)).toBe(true);
});

test('bears trouble of less than half of the sends', () => {
  const breaker = createAppBreaker();
  expect(note(breaker, 101, false, now)).toBe(false);
  expect(note(breaker, 100, true, now)).toBe(false);
});

test('looks at the last ten seconds only', () => {
  const breaker = createAppBreaker();
  note(breaker, 1_000, false, now);
  expect(note(breaker, 19, true, now + 10_000)).toBe(false);
  expect(breaker.note(true, now + 10_000)).toBe(true);

  const slow = createAppBreaker();
  const tooFew = Array.from({ length: 100 }, (_, n) => slow.note(true, now + n * 1_000));
  expect(tooFew).not.toContain(true);
});

test('begins anew after it was reset', () => {
  const breaker = createAppBreaker();
  note(breaker, 20, true, now);
  breaker.reset();
  expect(note(breaker, 19, true, now)).toBe(false);
});
