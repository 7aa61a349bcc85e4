import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../test/repository/run.ts';
import { type Scratch, scratch } from '../../test/repository/scratch.ts';

/** A tree whose scripts in package.json are made for the test, each a line of shell. */
async function setup(scripts: Readonly<Record<string, string>>): Promise<Scratch> {
  const tree = await scratch();
  await tree.copy('script/checks');
  await tree.write('report.mjs', reporter);
  await tree.write('package.json', JSON.stringify({ type: 'module', scripts: { ...passing, ...scripts } }));
  return tree;
}

const passing = {
  'format:check': 'echo format runs',
  lint: 'echo lint runs',
  typecheck: 'echo types run',
  deadcode: 'echo knip runs',
  image: 'echo image runs',
  test: 'node report.mjs 3 0',
};

/** Stands for Vitest: writes a report of PASSED and FAILED tests to the file that the arguments name. */
const reporter = `
  import { writeFileSync } from 'node:fs';
  const [passed, failed, ...args] = process.argv.slice(2);
  const file = args.find((one) => one.startsWith('--outputFile.json=')).split('=')[1];
  const project = args.find((one) => one.startsWith('--project=')).split('=')[1];
  console.log(\`tests of \${project} run\`);
  writeFileSync(file, JSON.stringify({
    numPassedTests: Number(passed), numFailedTests: Number(failed), numPendingTests: 0, numTodoTests: 0,
    testResults: [{ name: process.cwd() + '/a.test.ts', message: '', assertionResults: [
      { fullName: ' goes well', status: 'passed', failureMessages: [] },
      { fullName: ' goes well in the end', status: 'passed', failureMessages: ['Error: too slow\\n  at a.test.ts'] },
      ...Array.from({ length: Number(failed) }, (_, i) => (
        { fullName: \` fails \${i}\`, status: 'failed', failureMessages: ['Error: no\\n  at a.test.ts'] })),
    ] }],
  }));
  process.exitCode = failed === '0' ? 0 : 1;
`;

const checks = (tree: Scratch, mode: string) =>
  run(process.execPath, [join(tree.path, 'script/checks/main.ts'), mode], { env: process.env });

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1);

test('all checks run, and the last line counts the tests', async () => {
  await using tree = await setup({});

  const { code, stdout } = await checks(tree, 'all');

  expect(stdout.match(/^.* runs?$/gm)).toEqual([
    'format runs',
    'lint runs',
    'types run',
    'knip runs',
    'tests of unit run',
    'tests of repository run',
    'tests of system run',
    'image runs',
  ]);
  expect(lastLine(stdout)).toBe('9 passed, 0 failed');
  expect(code).toBe(0);
});

test('a failed check lets the others run, and fails the whole', async () => {
  await using tree = await setup({ lint: 'echo lint runs; exit 1' });

  const { code, stdout } = await checks(tree, 'all');

  expect(stdout).toContain('tests of system run');
  expect(stdout).toMatch(/FAILED {2}lint/);
  expect(lastLine(stdout)).toBe('9 passed, 1 failed');
  expect(code).toBe(1);
});

test('failed tests fail the whole', async () => {
  await using tree = await setup({ test: 'node report.mjs 3 2' });

  const { code, stdout } = await checks(tree, 'all');

  expect(lastLine(stdout)).toBe('9 passed, 6 failed');
  expect(stdout).toContain('  FAILED  a.test.ts: fails 1: Error: no\n');
  expect(stdout).toContain('  FLAKY   a.test.ts: goes well in the end: Error: too slow\n');
  expect(code).toBe(1);
});

test('a test run that dies before it reports counts as a failure', async () => {
  await using tree = await setup({ test: 'exit 1' });

  const { code, stdout } = await checks(tree, 'all');

  expect(lastLine(stdout)).toBe('0 passed, 3 failed');
  expect(code).toBe(1);
});

test('the quick form leaves out the repository and system tests', async () => {
  await using tree = await setup({});

  const { stdout } = await checks(tree, 'quick');

  expect(stdout.match(/^tests of .*$/gm)).toEqual(['tests of unit run']);
  expect(lastLine(stdout)).toBe('3 passed, 0 failed');
});
