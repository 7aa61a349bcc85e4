import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTroubleLog } from './trouble-log.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function setup() {
  const lines: (readonly [string, object])[] = [];
  const trouble = createTroubleLog(
    {
      warn: (fields, message) => lines.push([message, fields]),
      info: (fields, message) => lines.push([message, fields]),
    },
    'redis',
  );
  return { trouble, lines };
}

test('says at once that trouble began, and then every half minute how often it was seen', () => {
  const { trouble, lines } = setup();
  const err = new Error('refused');
  for (let index = 0; index < 100; index += 1) trouble.report(err);
  expect(lines).toEqual([['trouble with redis', { what: 'redis', err, times: 1, sinceMs: 0 }]]);
  vi.advanceTimersByTime(29_999);
  trouble.report(err);
  expect(lines).toHaveLength(1);
  vi.advanceTimersByTime(1);
  trouble.report(err);
  expect(lines[1]).toEqual(['trouble with redis', { what: 'redis', err, times: 101, sinceMs: 30_000 }]);
});

test('says once that it is over, and how long it lasted', () => {
  const { trouble, lines } = setup();
  trouble.over();
  expect(lines).toHaveLength(0);
  trouble.report(new Error('refused'));
  vi.advanceTimersByTime(5_000);
  trouble.report(new Error('refused'));
  vi.advanceTimersByTime(2_999);
  trouble.over();
  expect(lines).toHaveLength(1);
  vi.advanceTimersByTime(1);
  trouble.over();
  trouble.over();
  expect(lines.slice(1)).toEqual([['redis is well again', { what: 'redis', lastedMs: 5_000 }]]);
});

test('says at once that it began anew', () => {
  const { trouble, lines } = setup();
  trouble.report(new Error('refused'));
  vi.advanceTimersByTime(3_000);
  trouble.over();
  vi.advanceTimersByTime(1_000);
  trouble.report(new Error('refused'));
  expect(lines.map(([message]) => message)).toEqual([
    'trouble with redis',
    'redis is well again',
    'trouble with redis',
  ]);
});

test('says nothing of what comes after the end', () => {
  const { trouble, lines } = setup();
  trouble.report(new Error('refused'));
  trouble.end();
  vi.advanceTimersByTime(30_000);
  trouble.report(new Error('closed'));
  trouble.over();
  expect(lines).toHaveLength(1);
});

test('trouble that comes and goes each second is one trouble', () => {
  const { trouble, lines } = setup();
  for (let second = 0; second < 20; second += 1) {
    trouble.report(new Error('READONLY'));
    trouble.over();
    vi.advanceTimersByTime(1_000);
    trouble.over();
  }
  expect(lines).toHaveLength(1);
});
