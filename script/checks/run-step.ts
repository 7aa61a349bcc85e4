import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Step } from './steps.ts';
import type { StepResult, TestRun, TestTrouble } from './summary.ts';

const root = join(import.meta.dirname, '../..');

/** Runs a step, its output going where ours goes, without standard input. Never rejects for a failed step. */
export async function runStep(step: Step): Promise<StepResult> {
  const startedAt = performance.now();
  const scratch = await mkdtemp(join(tmpdir(), 'carillon-checks-'));
  try {
    const report = join(scratch, 'tests.json');
    const ok = await run(step.script, step.project === undefined ? [] : vitestArgs(step.project, report));
    const tests = step.project === undefined ? undefined : await readRun(report);
    const durationMs = performance.now() - startedAt;
    return { name: step.name, ok, durationMs, ...(tests !== undefined && { tests }) };
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function run(script: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, ['--run', script, '--', ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // An error event (no such program) rejects here: this Node just started us, so that is no outcome of a step.
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}

function vitestArgs(project: string, report: string): readonly string[] {
  // What passes on the second try is listed as flaky in the summary; `npm test` gives no second one.
  return [
    `--project=${project}`,
    '--retry=1',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
}

/** Undefined when Vitest died before it wrote its report. */
async function readRun(file: string): Promise<TestRun | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  const report = JSON.parse(text) as VitestReport;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
    troubles: report.testResults.flatMap(troublesOf),
  };
}

/** A test that failed and then passed when it was tried again keeps its first failure's message. */
function troublesOf({ name, message, assertionResults }: VitestReport['testResults'][number]): TestTrouble[] {
  const file = relative(root, name);
  const ofTests = assertionResults
    .filter(({ failureMessages }) => failureMessages.length > 0)
    .map(({ fullName, status, failureMessages }) => ({
      test: `${file}: ${fullName.trim()}`,
      message: failureMessages[0] ?? '',
      passedAgain: status === 'passed',
    }));
  return message === '' ? ofTests : [{ test: file, message, passedAgain: false }, ...ofTests];
}

/** The part of Vitest's JSON report that is read here. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    /** The test file's path. */
    readonly name: string;
    /** Why the file as a whole failed; empty otherwise. */
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}
