import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFileWatcher } from './file-watch.ts';

async function setup(prepare: (folder: string) => void = () => undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = (name: string): string => join(folder, name);
  writeFileSync(path('key'), 'first');
  prepare(folder);
  const watch = await createFileWatcher().watch([path('key')]);
  return { path, changed: () => watch.changed() };
}

test('names a file that was written anew, once and at the second look', async () => {
  const { path, changed } = await setup();
  expect(await changed()).toEqual([]);
  writeFileSync(path('key'), 'other');
  expect(await changed()).toEqual([]);
  expect(await changed()).toEqual([path('key')]);
  expect(await changed()).toEqual([]);
});

test('waits while a file is being written', async () => {
  const { path, changed } = await setup();
  for (const part of ['o', 'ot', 'oth']) {
    writeFileSync(path('key'), part);
    expect(await changed()).toEqual([]);
  }
  expect(await changed()).toEqual([path('key')]);
});

test('names a file that another one of the same size was renamed over', async () => {
  const { path, changed } = await setup();
  writeFileSync(path('new'), 'FIRST');
  renameSync(path('new'), path('key'));
  await changed();
  expect(await changed()).toEqual([path('key')]);
});

test('names a file behind links as Kubernetes replaces them', async () => {
  const { path, changed } = await setup((folder) => {
    for (const version of ['..v1', '..v2']) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'key'), version);
    }
    symlinkSync('..v1', join(folder, '..data'));
    unlinkSync(join(folder, 'key'));
    symlinkSync('..data/key', join(folder, 'key'));
  });
  expect(await changed()).toEqual([]);
  symlinkSync('..v2', path('..data_tmp'));
  renameSync(path('..data_tmp'), path('..data'));
  await changed();
  expect(await changed()).toEqual([path('key')]);
});

test('names a file that went away, and that came back as another', async () => {
  const { path, changed } = await setup();
  unlinkSync(path('key'));
  await changed();
  expect(await changed()).toEqual([path('key')]);
  writeFileSync(path('key'), 'other');
  await changed();
  expect(await changed()).toEqual([path('key')]);
});

test('does not name a file that has the same content as before', async () => {
  const { path, changed } = await setup();
  writeFileSync(path('new'), 'first');
  renameSync(path('new'), path('key'));
  expect([await changed(), await changed(), await changed()]).toEqual([[], [], []]);
});

test('leaves a pipe alone, which can be read only once', async () => {
  const { changed } = await setup((folder) => {
    unlinkSync(join(folder, 'key'));
    execFileSync('mkfifo', [join(folder, 'key')]);
  });
  expect([await changed(), await changed()]).toEqual([[], []]);
});

test('names a file to everybody who watches it, also when they look at the same time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const key = join(folder, 'key');
  writeFileSync(key, 'first');
  const watcher = createFileWatcher();
  const watches = await Promise.all([watcher.watch([key]), watcher.watch([key, join(folder, 'none')])]);
  const changed = () => Promise.all(watches.map((watch) => watch.changed()));
  writeFileSync(key, 'other');
  await changed();
  expect(await changed()).toEqual([[key], [key]]);
});
