import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { judgeFileMode } from './judge-file-mode.ts';

function setup(mode: number): string {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-mode-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'key.p8');
  writeFileSync(path, 'ding');
  chmodSync(path, mode);
  return path;
}

test('warns of a secret that everybody may read, with the cure', () => {
  const path = setup(0o644);
  expect(judgeFileMode('apps.ios.keyfile', path)).toEqual([
    {
      kind: 'warning',
      what: 'apps.ios.keyfile',
      detail: `${path} may be read by every user of this machine (mode 644)`,
      cure: expect.stringContaining('chmod o-r') as string,
    },
  ]);
});

test('says nothing of a file that its group alone may read, nor of one that is not there or not set', () => {
  expect(judgeFileMode('apps.ios.keyfile', setup(0o640))).toEqual([]);
  expect(judgeFileMode('apps.ios.keyfile', '/nowhere/key.p8')).toEqual([]);
  expect(judgeFileMode('apps.ios.certfile', undefined)).toEqual([]);
});
