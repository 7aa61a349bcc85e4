import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';
import { commands } from './commands.ts';
import { common } from './parse-given.ts';

function help(...words: readonly string[]): string {
  const asked = parseCommandLine([...words, '--help'], {});
  if (asked.kind !== 'help') throw new Error('no help');
  return asked.text;
}

const longestLine = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

test('the list of all commands fits a terminal of 80 columns and 24 rows', () => {
  const text = help();

  expect(longestLine(text)).toBeLessThanOrEqual(80);
  expect(text.split('\n').length).toBeLessThanOrEqual(24);
  const lines = text.replaceAll(/\n {6,}/g, ' ').split('\n');
  for (const { name, summary } of commands) {
    const [word = '', action] = name.split(' ');
    const line = lines.find((one) => one.startsWith(`  ${word} `)) ?? '';
    const isFirst = commands.find((one) => one.name.startsWith(`${word} `))?.name === name;
    expect(line).toContain(action === undefined || isFirst ? summary : action);
  }
});

test.each(commands)(
  'the help of $name tells its options, exit codes and examples',
  ({ name, ...declared }) => {
    const text = help(...name.split(' '));

    expect(longestLine(text)).toBeLessThanOrEqual(80);
    const told = [
      `Usage: carillon ${[name, declared.words].filter(Boolean).join(' ')} [OPTIONS]`,
      ...Object.keys({ ...declared.options, ...common }).map((option) => `--${option}`),
      ...declared.examples,
      'Exit codes',
    ];
    expect(told.filter((one) => !text.includes(one))).toEqual([]);
  },
);

test.each(commands.flatMap(({ name, examples }) => examples.map((example) => ({ name, example }))))(
  'the example $example of $name can be read',
  ({ name, example }) => {
    const [line = ''] = example.split(' #');
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

    expect(parseCommandLine(words.slice(1), {})).toMatchObject({ kind: 'command', command: { name } });
  },
);

test('a SIGHUP does not end a command that serves while it loads its program', () => {
  const launcher = readFileSync(new URL('../../bin/launch.mjs', import.meta.url), 'utf8');

  const [, names = ''] = /^const servers = \[(.*)\];$/m.exec(launcher) ?? [];
  expect(names).toBe(
    commands
      .filter(({ serves }) => serves)
      .map(({ name }) => `'${name}'`)
      .join(', '),
  );
});
