import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '@carillon/runtime';
import { expect, test } from 'vitest';
import { providers } from '../../script/generate/providers.ts';
import { codeBlocks, pages } from './markdown.ts';
import { readRepositoryFile, root } from './root.ts';
import { run } from './run.ts';
import { scratch } from './scratch.ts';

const generate = (folder: string, ...args: readonly string[]) =>
  run(process.execPath, [join(folder, 'script/generate/main.ts'), ...args], { env: process.env });

test('what is generated is current', async () => {
  const { code, stderr } = await generate(root, '--check');

  expect([code, stderr]).toEqual([0, '']);
});

test('what is missing or changed is noticed, and written anew', async () => {
  await using checkout = await scratch();
  await checkout.copy(
    'script/generate',
    'test/golden/files',
    'package.json',
    '.prettierrc.json',
    'deploy/alerts',
    'deploy/grafana',
  );
  await checkout.copy('docs/metrics.md', 'docs/observability.md', 'docs/payloads.md');
  await symlink(join(root, 'node_modules'), join(checkout.path, 'node_modules'));
  await checkout.write('docs/outcomes.md', 'Changed by hand.\n');

  const before = await generate(checkout.path, '--check');
  const written = await generate(checkout.path);
  const after = await generate(checkout.path, '--check');

  const stale = ['carillon.schema.json', 'docs/configuration.md', 'docs/outcomes.md'];
  expect(before).toMatchObject({
    code: 1,
    stderr: stale.map((path) => `${path} is out of date: npm run generate\n`).join(''),
  });
  expect(written).toMatchObject({ code: 0, stdout: stale.map((path) => `wrote ${path}\n`).join('') });
  expect(after).toMatchObject({ code: 0, stderr: '' });
});

test('every provider that the command knows is documented', () => {
  const modulesIn = (path: string) =>
    [...new Set(readRepositoryFile(path).match(/\b[a-z]+Module\b/g))].toSorted();

  expect(modulesIn('script/generate/providers.ts')).toEqual(modulesIn('apps/cli/src/providers.ts'));
});

const configurations = pages().flatMap(({ path, text }) =>
  codeBlocks(text, 'yaml')
    .filter((block) => /^apps:/m.test(block))
    .map((block, index) => [`${path}, ${index + 1}`, block] as const),
);

test('the documentation has configurations to start from', () => {
  const files = new Set(configurations.map(([name]) => name.split(',')[0]));

  expect([...files]).toEqual(expect.arrayContaining(['README.md', 'docs/configuration.md']));
});

test.each(configurations)('the configuration in %s loads', (name, text) => {
  const appTypes = providers.map(({ module }) => module);

  expect(parseConfig(text, { path: name, appTypes }).apps).not.toEqual([]);
});
