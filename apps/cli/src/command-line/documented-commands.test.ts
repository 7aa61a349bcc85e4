import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pages } from '../../../../test/repository/markdown.ts';
import { readRepositoryFile, root } from '../../../../test/repository/root.ts';
import { commands } from './commands.ts';
import type { Option } from './options.ts';
import { common } from './parse-given.ts';

/** What stands behind `carillon` in code: in back quotes, or as a command in a block, up to the end of the command. */
function mentions(text: string): readonly string[] {
  const quoted = [...text.matchAll(/`(?:[^`\n]* )?(?:script\/)?carillon ((?:[^`\\\n]|\\(?!`))+)/g)];
  const blocks = [...text.matchAll(/^```\w*\n([^]*?)^```$/gm)].map(([, block = '']) => block);
  const lines = blocks.flatMap((block) => [...block.matchAll(/^(?:script\/)?carillon (.+)$/gm)]);
  return [...quoted, ...lines].map(([, words = '']) => words.replace(/ *(#|\||&&|;|>).*/, ''));
}

/** What of a mention there is not: a command, an action or an option. */
function unknownIn(mention: string): readonly string[] {
  const words = mention.split(/\s+/).map((word) => word.replaceAll(/[[\]…,.]/g, ''));
  const [first = '', second = ''] = words;
  if (!/^[a-z]+$/.test(first)) return []; // COMMAND, --help, {…}
  const usual = commands.find(({ name }) => name.startsWith(`${first} `));
  const named = commands.find(({ name }) => name === first || name === `${first} ${second}`);
  const command = named ?? (/^[a-z]+$/.test(second) ? undefined : usual);
  if (command === undefined) return [mention];
  const options = words.flatMap((word) => (/^--?([a-z-]+)/.exec(word) ?? []).slice(1));
  const known = new Set(
    Object.entries({ ...command.options, ...common }).flatMap(([name, { short }]: [string, Option]) => [
      name,
      short,
    ]),
  );
  return options.filter((option) => !known.has(option)).map((option) => `--${option} of ${mention}`);
}

const documents = [
  ...pages(),
  ...globSync(
    ['{apps,packages,deploy,script}/**/*.{ts,yml,yaml,template,json}', 'docker-compose.yml', 'Dockerfile'],
    {
      cwd: root,
      exclude: ['**/node_modules', '**/*.test.ts'],
    },
  ).map((path) => ({ path, text: readRepositoryFile(path) })),
];

test('documentation, messages and alerts name only commands and options that there are', () => {
  const unknown = documents.flatMap(({ path, text }) =>
    mentions(text)
      .flatMap(unknownIn)
      .map((what) => `${path}: ${what}`),
  );

  expect(unknown).toEqual([]);
});

test('a command, an action and an option that there are not are noticed', () => {
  const text = [
    'See `carillon demo` and `script/carillon dead revive ID`, not `carillon dead list [--app GLOB]`.',
    '```sh',
    'carillon worker --typ apns --app a   # and more',
    '```',
  ].join('\n');

  expect(mentions(text).flatMap(unknownIn)).toEqual([
    'demo',
    'dead revive ID',
    '--typ of worker --typ apns --app a',
  ]);
});

test.each(commands)('$name is told of in the README or in docs/operations.md', ({ name }) => {
  const text = readRepositoryFile('README.md') + readRepositoryFile('docs/operations.md');
  const [group = ''] = name.split(' ');
  const isUsual = commands.find((one) => one.name.startsWith(`${group} `))?.name === name;
  const said = new RegExp(`^(${name}\\b|${isUsual ? group : name}( [^a-z]|$))`);

  expect(mentions(text).filter((mention) => said.test(mention))).not.toEqual([]);
});
