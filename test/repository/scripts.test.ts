import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRepositoryFile, root } from './root.ts';
import { run } from './run.ts';

const scripts = [
  '.ci/run',
  ...readdirSync(join(root, 'script'), { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes('.'))
    .map(({ name }) => `script/${name}`),
];
const command = 'apps/cli/bin/carillon';

test.each(scripts)('%s is a strict bash script that can be started', async (script) => {
  expect(readRepositoryFile(script)).toMatch(/^#!\/usr\/bin\/env bash\n(#.*\n)+set -euo pipefail\n/);
  expect(statSync(join(root, script)).mode & 0o111).toBe(0o111);
  expect(await run('bash', ['-n', script], { cwd: root })).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('the command is a strict POSIX script that can be started', async () => {
  expect(readRepositoryFile(command)).toMatch(/^#!\/bin\/sh\n(#.*\n)+set -eu\n/);
  expect(statSync(join(root, command)).mode & 0o111).toBe(0o111);
  expect(await run('sh', ['-n', command], { cwd: root })).toEqual({ code: 0, stdout: '', stderr: '' });
});

const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;

test.skipIf(!hasShellcheck)('shellcheck finds nothing in the scripts', async () => {
  expect(await run('shellcheck', [...scripts, command], { cwd: root })).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
});
