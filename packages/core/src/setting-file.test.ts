import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { maxSettingFileBytes, readSettingFile } from './setting-file.ts';

function setup() {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-file-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return { directory, path: join(directory, 'key.pem') };
}

test('reads a file, up to a mebibyte', () => {
  const { path } = setup();
  writeFileSync(path, 'ding');
  expect(readSettingFile(path)).toEqual({ ok: true, content: Buffer.from('ding') });
  truncateSync(path, maxSettingFileBytes);
  expect(readSettingFile(path)).toMatchObject({ ok: true });
  truncateSync(path, maxSettingFileBytes + 1);
  expect(readSettingFile(path)).toEqual({ ok: false, reason: 'is larger than 1 MiB' });
});

test('says what is none, and waits for no pipe and reads no device', () => {
  const { directory, path } = setup();
  execFileSync('mkfifo', [path]);
  const reasonOf = (one: string) => {
    const file = readSettingFile(one);
    return file.ok ? 'none' : file.reason;
  };
  expect(reasonOf(path)).toBe('is no regular file');
  expect(reasonOf('/dev/zero')).toBe('is no regular file');
  expect(reasonOf(directory)).toBe('is a directory');
  expect(reasonOf(join(directory, 'missing'))).toBe('does not exist');
  expect(reasonOf(join(directory, 'missing/deeper'))).toBe('does not exist');
});
