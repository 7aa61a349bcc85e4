import { stripVTControlCharacters } from 'node:util';

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A test run's counts, and each test in it that failed at least once. */
export interface TestRun extends TestCounts {
  readonly troubles: readonly TestTrouble[];
}

export interface TestTrouble {
  /** File and name. */
  readonly test: string;
  readonly message: string;
  /** True where a second try passed: the test is flaky, which is a defect too. */
  readonly passedAgain: boolean;
}

export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
  readonly durationMs: number;
  /** Absent for a step that is no test run, and for a test run that died before it could count. */
  readonly tests?: TestRun;
}

/**
 * The table at the end of a run, the tests that failed, and as its very last line the counts alone, which CI reads. A failed step in
 * which no test failed (lint, or a test run that died) is counted as one failure: "0 failed" means all is well.
 */
export function summary(results: readonly StepResult[]): string {
  const width = Math.max(...results.map(({ name }) => name.length));
  const rows = results.map(({ name, ok, durationMs, tests }) => {
    const seconds = `${(durationMs / 1_000).toFixed(1)} s`.padStart(8);
    const counts = tests === undefined ? '' : `   ${countsText(tests)}`;
    return `  ${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(width)} ${seconds}${counts}`;
  });
  const troubles = results.flatMap(({ tests }) => tests?.troubles ?? []).map(troubleText);
  return [...rows, ...(troubles.length > 0 ? ['', ...troubles] : []), '', countsText(total(results))].join(
    '\n',
  );
}

/** One line: what CI keeps of a long output is its end. */
function troubleText({ test, message, passedAgain }: TestTrouble): string {
  const [firstLine = ''] = stripVTControlCharacters(message).split('\n');
  return `  ${passedAgain ? 'FLAKY ' : 'FAILED'}  ${test}: ${firstLine.slice(0, 300)}`;
}

function total(results: readonly StepResult[]): TestCounts {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { ok, tests } of results) {
    sum.passed += tests?.passed ?? 0;
    sum.failed += ok ? 0 : Math.max(1, tests?.failed ?? 0);
    sum.skipped += tests?.skipped ?? 0;
  }
  return sum;
}

function countsText({ passed, failed, skipped }: TestCounts): string {
  const text = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? text : `${text}, ${skipped} skipped`;
}
