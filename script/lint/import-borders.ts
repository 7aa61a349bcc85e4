import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { OxlintOverride } from 'oxlint';

/**
 * Which workspace may import which; the picture is in ARCHITECTURE.md. Imports point one way: cli → ingress, worker, console; cli, ingress and worker →
 * queue, hops, runtime → core; console → runtime → core; only cli → providers, events → sending → core. The providers, the queue and the hops do not know each other, and nothing
 * that ships imports `test/`.
 */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  runtime: ['core'],
  queue: ['core'],
  hops: ['core'],
  sending: ['core'],
  events: ['core', 'sending'],
  apns: ['core', 'sending'],
  fcm: ['core', 'sending'],
  webpush: ['core', 'sending'],
  // The front door never talks to a provider, and the worker gets its providers handed in.
  ingress: ['core', 'queue', 'hops', 'runtime'],
  worker: ['core', 'queue', 'hops', 'runtime'],
  // What it shows is handed in: it touches neither Redis nor a provider.
  console: ['core', 'runtime'],
  cli: [
    'core',
    'queue',
    'hops',
    'runtime',
    'events',
    'apns',
    'fcm',
    'webpush',
    'ingress',
    'worker',
    'console',
  ],
};

/** `core` is pure, but for reading the files that settings name: no clock, no network. */
const builtins: Readonly<Record<string, readonly string[]>> = { core: ['node:crypto', 'node:fs'] };

const root = join(import.meta.dirname, '../..');

/** The rules of all workspaces, as overrides for Oxlint. A workspace without a row above stops the lint. */
export function importBorders(): OxlintOverride[] {
  return [...workspaceFolders().flatMap(bordersOf), tests];
}

/** Such as `packages/core`. */
export function workspaceFolders(): readonly string[] {
  return globSync('{apps,packages}/*/package.json', { cwd: root })
    .map((path) => join(path, '..'))
    .toSorted();
}

function bordersOf(folder: string): OxlintOverride[] {
  const name = basename(folder);
  const siblings = mayImport[name];
  if (siblings === undefined) throw new Error(`${folder} has no row in script/lint/import-borders.ts`);

  const own = siblings.map((sibling) => `@carillon/${sibling}`);
  const libraries = ownLibraries(folder);
  const rest = builtins[name] ?? ['node:*'];
  const message =
    `${folder} may import ${[...own, ...libraries, ...rest].join(', ')}, and relative paths inside itself, but no ` +
    'helper of tests (*.testing.ts). ' +
    'A library belongs to the one package that declares it.';
  const testMessage =
    `Tests of ${folder} may import ${own.join(', ') || 'no other package'}, any library, and relative paths ` +
    'inside it and inside test/.';

  return [0, 1, 2].flatMap((depth) => {
    const files = `${folder}/src/${'*/'.repeat(depth)}${depth === 2 ? '**/' : ''}*`;
    const outside = `${'../'.repeat(depth + 2)}**`;
    // Of the patterns that match, the last one counts. Rules do not add up: each file has exactly one list.
    const code = [
      '**',
      ...allow(own),
      ...allow([...libraries, ...rest].flatMap((one) => [one, `${one}/**`])),
      ...allow(['./**', '../**']),
      outside,
      '**/*.testing.ts',
    ];
    const test = ['@carillon/**', ...allow(own), outside, ...allow([`${'../'.repeat(depth + 3)}test/**`])];
    return [
      { files: [`${files}.ts`], rules: forbid(code, message) },
      { files: [`${files}.test.ts`, `${files}.testing.ts`], rules: forbid(test, testMessage) },
    ];
  });
}

const allow = (patterns: readonly string[]): readonly string[] => patterns.map((pattern) => `!${pattern}`);

/** Everything outside the workspaces uses their public entry. */
const tests: OxlintOverride = {
  files: ['test/**/*.ts', 'script/**/*.ts'],
  rules: forbid(
    ['../**/packages/**', '../**/apps/**'],
    'Import a workspace by its name: its index.ts is all that others may rely on.',
  ),
};

function forbid(group: readonly string[], message: string): NonNullable<OxlintOverride['rules']> {
  return { 'no-restricted-imports': ['error', { patterns: [{ group: [...group], message }] }] };
}

/** What the workspace's package.json declares, which for all libraries but zod it alone may. */
function ownLibraries(folder: string): readonly string[] {
  const manifest: unknown = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('dependencies' in manifest)) return [];
  return Object.keys(manifest.dependencies ?? {}).filter((name) => !name.startsWith('@carillon/'));
}
