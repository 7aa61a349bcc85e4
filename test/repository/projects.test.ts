import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './root.ts';
import { run } from './run.ts';

test('every test file belongs to exactly one project, so that none is forgotten', async () => {
  const { stdout, stderr } = await run(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'list', '--filesOnly', '--json'],
    { cwd: root, env: process.env },
  );
  expect(stdout, stderr).toMatch(/^\[/);
  const listed = (JSON.parse(stdout) as { file: string }[]).map(({ file }) => relative(root, file));

  const written = globSync('**/*.test.ts', { cwd: root, exclude: ['**/node_modules/**'] });
  expect(listed.toSorted()).toEqual(written.toSorted());
  expect(listed).not.toEqual([]);
});
