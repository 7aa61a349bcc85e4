import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRepositoryFile, root } from '../../test/repository/root.ts';
import { scratch } from '../../test/repository/scratch.ts';
import { notesOf, releaseNotes, unreleasedNotes } from './notes.ts';
import { setVersion, versionsIn } from './set-version.ts';
import { isBefore, isVersion } from './version.ts';

test('every version in this repository is the same', () => {
  const { version } = JSON.parse(readRepositoryFile('package.json')) as { readonly version: string };
  const found = versionsIn(root);
  const files = new Set(found.map(({ file }) => file));
  expect(found.filter((one) => one.version !== version)).toEqual([]);
  for (const file of [
    'package-lock.json',
    'deploy/helm/carillon/Chart.yaml',
    'Dockerfile',
    'docs/kubernetes.md',
    'apps/cli/package.json',
  ])
    expect(files).toContain(file);
});

test('image, chart, packages and docs get a new version in one step', async () => {
  await using tree = await scratch();
  await tree.copy(
    'package.json',
    'package-lock.json',
    'Dockerfile',
    'docs/kubernetes.md',
    'deploy/helm/carillon/Chart.yaml',
  );
  await tree.copy(...globSync('{apps,packages}/*/package.json', { cwd: root }));

  setVersion(tree.path, '9.8.7-rc.6');

  const found = versionsIn(tree.path);
  expect(found.length).toBe(versionsIn(root).length);
  expect(new Set(found.map(({ version }) => version))).toEqual(new Set(['9.8.7-rc.6']));
  const chart = await readFile(join(tree.path, 'deploy/helm/carillon/Chart.yaml'), 'utf8');
  expect(chart).toContain('\nversion: 9.8.7-rc.6\nappVersion: 9.8.7-rc.6\n');
  // Nothing of others changed.
  const lock = await readFile(join(tree.path, 'package-lock.json'), 'utf8');
  expect(lock.match(/9\.8\.7-rc\.6/g)?.length).toBe(
    found.filter(({ file }) => file === 'package-lock.json').length,
  );
});

test('versions come one after the other as semver.org says', () => {
  const ordered = [
    '0.1.0',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-rc.1',
    '1.0.0-rc.2',
    '1.0.0-rc.10',
    '1.0.0',
    '1.0.1',
    '1.10.0',
    '2.0.0',
  ];
  for (const [at, version] of ordered.entries()) {
    expect(isVersion(version)).toBe(true);
    expect(ordered.filter((other) => isBefore(version, other))).toEqual(ordered.slice(at + 1));
  }
  expect(['1.0', 'v1.0.0', '1.0.0-', ''].filter(isVersion)).toEqual([]);
});

test('the notes that were not released yet become those of the version', () => {
  const before =
    '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- a bell\n\n## [0.9.0] - 2026-01-01\n\n- old\n';
  const after = releaseNotes(before, '1.0.0', '2026-12-01');
  expect(after).toBe(
    '# Changelog\n\n## [Unreleased]\n\n## [1.0.0] - 2026-12-01\n\n### Added\n\n- a bell\n\n## [0.9.0] - 2026-01-01\n\n- old\n',
  );
  expect(unreleasedNotes(after)).toBe('');
  expect([notesOf(after, '1.0.0'), notesOf(after, '0.9.0'), notesOf(after, '3.0.0')]).toEqual([
    '### Added\n\n- a bell',
    '- old',
    undefined,
  ]);
});
