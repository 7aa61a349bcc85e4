import { symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { mayImport, workspaceFolders } from '../../script/lint/import-borders.ts';
import { root } from './root.ts';
import { run } from './run.ts';
import { type Scratch, scratch } from './scratch.ts';

/** A tree with the real lint configuration and package.json files, and no code but what a test writes. */
async function setup(): Promise<Scratch> {
  const tree = await scratch();
  await tree.copy('oxlint.config.ts', 'script/lint', 'tsconfig.json', 'package.json', ...manifests);
  await symlink(join(root, 'node_modules'), join(tree.path, 'node_modules'));
  return tree;
}

const workspaces = workspaceFolders();
const manifests = workspaces.map((folder) => `${folder}/package.json`);
/** Each workspace with each other one. */
const pairs = workspaces.flatMap((folder) =>
  workspaces
    .filter((other) => other !== folder)
    .map((other) => ({ file: `${folder}/src/a.ts`, from: basename(folder), to: basename(other) })),
);
const isAllowed = ({ from, to }: { readonly from: string; readonly to: string }) =>
  mayImport[from]?.includes(to) === true;
const importsOf = (some: typeof pairs) => some.map(({ file, to }) => [file, `@carillon/${to}`] as const);

interface Problem {
  readonly filename: string;
  readonly code: string;
  readonly help: string;
}

const oxlint = (tree: Scratch, ...args: readonly string[]) =>
  run(process.execPath, [join(root, 'node_modules/oxlint/bin/oxlint'), ...args], {
    cwd: tree.path,
    env: process.env,
  });

/** What the border rule says, nothing if all imports are allowed. */
async function borderProblems(tree: Scratch): Promise<readonly Problem[]> {
  const { stdout, stderr } = await oxlint(tree, '--format=json');
  expect(stdout, stderr).toMatch(/^\{/);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Problem[] };
  return diagnostics.filter(({ code }) => code === 'eslint(no-restricted-imports)');
}

const forbidden: readonly (readonly [file: string, specifier: string])[] = [
  ...importsOf(pairs.filter((pair) => !isAllowed(pair))),
  ['packages/core/src/a.ts', 'node:net'],
  ['packages/core/src/a.ts', 'pino'],
  ['packages/runtime/src/a.ts', 'ioredis'],
  ['packages/apns/src/a.ts', 'google-auth-library'],
  ['packages/fcm/src/a.ts', '@parse/node-apn'],
  ['packages/fcm/src/a.ts', '@carillon/core/src/outcome.ts'],
  ['apps/ingress/src/a.ts', 'bullmq'],
  ['apps/worker/src/a.ts', 'fastify'],
  ['apps/cli/src/a.ts', 'prom-client'],
  // Out of the package, at each depth
  ['packages/apns/src/a.ts', '../../fcm/src/payload.ts'],
  ['packages/apns/src/deep/a.ts', '../../../fcm/src/payload.ts'],
  ['packages/apns/src/deep/deeper/deepest/a.ts', '../../../../../../fcm/src/payload.ts'],
  ['packages/apns/src/a.ts', '../../../test/fakes/apns/server.ts'],
  // Tests, and what only they need
  ['packages/apns/src/a.ts', './b.testing.ts'],
  ['packages/apns/src/a.testing.ts', '@carillon/fcm'],
  ['packages/apns/src/a.test.ts', '@carillon/fcm'],
  ['packages/apns/src/a.test.ts', '../../fcm/src/payload.ts'],
  ['test/system/a.test.ts', '../../packages/apns/src/payload.ts'],
];

const allowed: readonly (readonly [file: string, specifier: string])[] = [
  ...importsOf(pairs.filter(isAllowed)),
  ['packages/core/src/a.ts', 'zod'],
  ['packages/core/src/a.ts', 'node:crypto'],
  ['packages/runtime/src/a.ts', 'prom-client'],
  ['packages/queue/src/a.ts', 'bullmq'],
  ['packages/apns/src/a.ts', '@parse/node-apn'],
  ['packages/apns/src/a.ts', 'node:fs/promises'],
  ['packages/apns/src/a.ts', './payload.ts'],
  ['packages/apns/src/deep/deeper/a.ts', '../../payload.ts'],
  ['apps/ingress/src/a.ts', 'fastify'],
  ['packages/apns/src/a.test.ts', 'vitest'],
  ['packages/apns/src/a.test.ts', '../../../test/fakes/apns/server.ts'],
  ['packages/apns/src/deep/a.test.ts', '../../../../test/fakes/apns/server.ts'],
  ['packages/apns/src/a.test.ts', './b.testing.ts'],
  ['packages/apns/src/a.testing.ts', '../../../test/fakes/apns/server.ts'],
  ['test/system/a.test.ts', '@carillon/queue'],
  ['test/system/a.test.ts', '../fakes/apns/server.ts'],
];

const forms: readonly ((specifier: string) => string)[] = [
  (specifier) => `import '${specifier}';`,
  (specifier) => `import type { A } from '${specifier}';`,
  (specifier) => `export { a } from '${specifier}';`,
  (specifier) => `export * from '${specifier}';`,
  (specifier) => `await import('${specifier}');`,
];

/** Writes each import in a file of its own: `a.ts` becomes `a-0.ts`, `a-1.ts`, … with the import in all forms. */
async function writeImports(
  tree: Scratch,
  imports: readonly (readonly [file: string, specifier: string])[],
): Promise<readonly string[]> {
  const names = imports.map(([file], index) => file.replace('/a.', `/a-${index}.`));
  for (const [index, [, specifier]] of imports.entries()) {
    await tree.write(names[index] ?? '', forms.map((form) => form(specifier)).join('\n'));
  }
  return names;
}

test('imports against the direction fail, in every form', async () => {
  await using tree = await setup();
  const names = await writeImports(tree, forbidden);

  const problems = Map.groupBy(await borderProblems(tree), ({ filename }) => filename);

  const found = names.map((name, index) => [...(forbidden[index] ?? []), problems.get(name)?.length]);
  expect(found).toEqual(forbidden.map((one) => [...one, forms.length]));
});

test('the table has a way from the apps to each package, and none back', () => {
  const reached = new Set(['cli']);
  for (const name of reached) for (const next of mayImport[name] ?? []) reached.add(next);
  expect([...reached].toSorted()).toEqual(workspaces.map((folder) => basename(folder)).toSorted());
  // A package that two others reach in turns would be in a circle.
  const below = (name: string): readonly string[] =>
    (mayImport[name] ?? []).flatMap((next) => [next, ...below(next)]);
  expect([...reached].filter((name) => below(name).includes(name))).toEqual([]);
});

test('imports in the right direction pass', async () => {
  await using tree = await setup();
  await writeImports(tree, allowed);

  expect(await borderProblems(tree)).toEqual([]);
});

test('says what the package may import instead', async () => {
  await using tree = await setup();
  await tree.write('packages/fcm/src/a.ts', "import 'bullmq';");

  const [problem] = await borderProblems(tree);
  expect(problem?.help).toContain(
    'packages/fcm may import @carillon/core, @carillon/sending, google-auth-library, zod, node:*, and relative paths inside itself',
  );
});

test('a workspace without a row in the table stops the lint', async () => {
  await using tree = await setup();
  await tree.write('packages/newcomer/package.json', '{ "name": "@carillon/newcomer" }');

  const { code, stdout, stderr } = await oxlint(tree);

  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain('packages/newcomer has no row in script/lint/import-borders.ts');
});
