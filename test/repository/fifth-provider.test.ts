import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from './run.ts';
import { root } from './root.ts';
import { scratch } from './scratch.ts';
import type { Scratch } from './scratch.ts';

/** A copy of the checkout, whose packages are those of the copy. */
async function setup(): Promise<Scratch> {
  const tree = await scratch();
  const notCopied = new Set(['.git', 'node_modules']);
  await tree.copy(...readdirSync(root).filter((name) => !notCopied.has(name)));
  const modules = join(tree.path, 'node_modules');
  await mkdir(join(modules, '@carillon'), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules')))
    if (name !== '@carillon') await symlink(join(root, 'node_modules', name), join(modules, name));
  for (const folder of ['packages', 'apps'])
    for (const name of await readdir(join(tree.path, folder)))
      await symlink(join('../..', folder, name), join(modules, '@carillon', name));
  return tree;
}

const fixtures = 'test/repository/fifth-provider';

/** The places that the list of CONTRIBUTING.md names, with the new provider's name in them. */
function placesOfList(): ReadonlySet<string> {
  const [, list = ''] =
    /## A new push provider\n(.*?)\n## /s.exec(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')) ?? [];
  const paths = [...list.matchAll(/`((?:[\w.-]+\/)[\w./-]*)`/g)].map(([, path = '']) => path);
  return new Set(paths.map((path) => path.replace('NAME', 'bell')));
}

/** Goes through the list, and gives each file that was changed or made. */
async function wire(tree: Scratch): Promise<readonly string[]> {
  const touched: string[] = [];
  const add = async (path: string, ...edits: readonly (readonly [before: string, after: string])[]) => {
    let text = readFileSync(join(tree.path, path), 'utf8');
    for (const [before, after] of edits) {
      expect(text, path).toContain(before);
      text = text.replace(before, () => after);
    }
    await tree.write(path, text);
    touched.push(path);
  };
  const place = async (from: string, to: string) => {
    await tree.write(to, readFileSync(join(root, fixtures, from), 'utf8'));
    touched.push(to);
  };

  // 1. The package.
  const dependencies = { '@carillon/core': '0.1.0', '@carillon/sending': '0.1.0', zod: '4.6.7' };
  const manifest = { name: '@carillon/bell', version: '0.1.0', private: true, type: 'module' };
  await tree.write(
    'packages/bell/package.json',
    JSON.stringify({ ...manifest, exports: './src/index.ts', dependencies }),
  );
  for (const path of readdirSync(join(root, fixtures, 'package'), { recursive: true, encoding: 'utf8' }))
    if (path.endsWith('.ts')) await place(`package/${path}`, `packages/bell/src/${path}`);
  // 2. Its place in the lint.
  await add(
    'script/lint/import-borders.ts',
    ["  apns: ['core', 'sending'],", "  apns: ['core', 'sending'],\n  bell: ['core', 'sending'],"],
    ["    'fcm',\n", "    'bell',\n    'fcm',\n"],
  );
  // 3. The command, and what `npm install` does.
  await add(
    'apps/cli/src/providers.ts',
    ['import { fcmModule }', "import { bellModule } from '@carillon/bell';\nimport { fcmModule }"],
    ['  webpushModule,\n];', '  webpushModule,\n  bellModule,\n];'],
  );
  await add('apps/cli/package.json', [
    '    "@carillon/core"',
    '    "@carillon/bell": "0.1.0",\n    "@carillon/core"',
  ]);
  await symlink('../../packages/bell', join(tree.path, 'node_modules/@carillon/bell'));
  // 4. The reference pages.
  await add(
    'script/generate/providers.ts',
    [
      'import { withUnifiedPush,',
      "import { bellAnswers, bellModule } from '@carillon/bell';\nimport { withUnifiedPush,",
    ],
    ['\n];', "\n  { title: 'Bell', module: bellModule, answers: bellAnswers.rows },\n];"],
  );
  // 5. The fake.
  await place('stand-in.ts', 'test/fakes/bell/server.ts');
  // 6. Golden cases.
  await add('test/golden/golden-case.ts', ["'apns' |", "'apns' | 'bell' |"]);
  await add(
    'test/golden/devices.ts',
    [
      '  fcm: { app_id:',
      "  bell: { app_id: 'com.example.bells.tower', pushkey: 'tenor' },\n  fcm: { app_id:",
    ],
    ['  fcm: {},', '  bell: {},\n  fcm: {},'],
  );
  await add(
    'test/golden/stand-ins.ts',
    [
      'import { startFakeFcm }',
      "import { startFakeBelfry } from '../fakes/bell/server.ts';\nimport { startFakeFcm }",
    ],
    [
      '  const open = stack.move();',
      "  const rope = join(directory, 'rope');\n  writeFileSync(rope, 'hemp');\n  const belfry = stack.use(await startFakeBelfry('hemp'));\n  const open = stack.move();",
    ],
    [
      '      fcm: {\n',
      `      bell: {
        settings: { rope_file: rope, endpoint: belfry.url },
        received: () =>
          belfry.received.map(({ path, body }) => ({
            to: path,
            headers: {},
            payload: JSON.parse(body) as unknown,
            bytes: Buffer.byteLength(body),
          })),
        refused: () => 0,
      },
      fcm: {
`,
    ],
  );
  await add('test/golden/golden.test.ts', ['{ apns: 4096,', '{ apns: 4096, bell: 1024,']);
  return touched;
}

/** Many times what its nine programs take. */
const patienceMs = 900_000;

test(
  'a fifth provider that is wired by the list of CONTRIBUTING.md is typed, linted, documented and checked',
  { timeout: patienceMs },
  async () => {
    await using tree = await setup();
    const node = (...args: readonly string[]) =>
      run(process.execPath, args, { cwd: tree.path, env: process.env });
    const tool = (path: string, ...args: readonly string[]) =>
      node(join(root, 'node_modules', path), ...args);

    const touched = await wire(tree);

    // The list names every place, and the folders of the package.
    const listed = placesOfList();
    const isListed = (path: string) =>
      [...listed].some((place) => path === place || path.startsWith(`${place.replace(/\/$/, '')}/`));
    expect(touched.filter((path) => !isListed(path))).toEqual([]);
    expect(await tool('typescript/bin/tsc', '--noEmit')).toMatchObject({ stdout: '', code: 0 });
    expect(await tool('oxlint/bin/oxlint', 'packages/bell', 'apps/cli/src/providers.ts')).toMatchObject({
      code: 0,
    });

    // Before it has golden files, the pages are made and say so.
    expect(await node('script/generate/main.ts')).toMatchObject({ code: 0 });
    const page = (name: string) => readFileSync(join(tree.path, 'docs', name), 'utf8');
    expect(page('payloads.md')).toContain('test/golden/files/bell holds no golden files');
    expect(page('configuration.md')).toContain('`rope_file`');
    expect(page('outcomes.md')).toContain('## Answers of Bell');

    // The shared cases go to the fake through the module.
    expect(await node('test/golden/main.ts')).toMatchObject({ code: 0 });
    expect(readdirSync(join(tree.path, 'test/golden/files/bell')).length).toBeGreaterThan(10);
    expect(await node('script/generate/main.ts')).toMatchObject({ code: 0 });
    expect(page('payloads.md')).not.toContain('holds no golden files');

    // The command knows it.
    await tree.write('rope', 'hemp');
    const app = { type: 'bell', rope_file: 'rope', endpoint: 'http://127.0.0.1:1' };
    await tree.write(
      'carillon.yaml',
      JSON.stringify({ redis: { url: 'redis://127.0.0.1' }, apps: { tower: app } }),
    );
    const check = await node('apps/cli/src/main.ts', 'check', '--offline');
    expect(check.stdout + check.stderr).toContain('its bell credentials can be read');
  },
);
