import { expect, test } from 'vitest';
import { summary } from './summary.ts';

const tests = (passed: number, failed = 0, skipped = 0) => ({
  passed,
  failed,
  skipped,
  troubles: [],
});
const lastLine = (text: string) => text.split('\n').at(-1);

test('shows each step with its time and its tests', () => {
  const text = summary([
    { name: 'lint', ok: true, durationMs: 1_234 },
    { name: 'unit tests', ok: false, durationMs: 65_000, tests: tests(7, 2, 1) },
  ]);

  expect(text).toBe(
    [
      '  ok      lint          1.2 s',
      '  FAILED  unit tests   65.0 s   7 passed, 2 failed, 1 skipped',
      '',
      '7 passed, 2 failed, 1 skipped',
    ].join('\n'),
  );
});

test('adds up the tests of all runs in the last line', () => {
  const text = summary([
    { name: 'unit tests', ok: true, durationMs: 1, tests: tests(7) },
    { name: 'system tests', ok: false, durationMs: 1, tests: tests(3, 2) },
  ]);

  expect(lastLine(text)).toBe('10 passed, 2 failed');
});

test('counts a failed step without a failed test as one failure', () => {
  const text = summary([
    { name: 'lint', ok: false, durationMs: 1 },
    { name: 'unit tests', ok: false, durationMs: 1, tests: tests(7) },
    { name: 'system tests', ok: false, durationMs: 1 },
  ]);

  expect(lastLine(text)).toBe('7 passed, 3 failed');
});

test('names the tests that failed near the end, a line each, and those that passed when tried again', () => {
  const troubles = [
    {
      test: 'a.test.ts: rings',
      message: '\u001b[31mError: no ring\u001b[39m\n  at a.test.ts',
      passedAgain: false,
    },
    { test: 'b.test.ts: rings late', message: 'Error: too late', passedAgain: true },
  ];
  const text = summary([
    { name: 'unit tests', ok: false, durationMs: 1, tests: { ...tests(7, 1), troubles } },
  ]);

  expect(text.split('\n').slice(1)).toEqual([
    '',
    '  FAILED  a.test.ts: rings: Error: no ring',
    '  FLAKY   b.test.ts: rings late: Error: too late',
    '',
    '7 passed, 1 failed',
  ]);
});
