import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRepositoryFile, root } from './root.ts';
import { textFiles, type TextFile } from './text-files.ts';

const page = readRepositoryFile('ARCHITECTURE.md');
const code = textFiles().filter(
  ({ path }) => /\.(?:ts|lua)$/.test(path) && !path.startsWith('test/repository/'),
);
const sources = code.filter(({ path }) => !path.endsWith('.test.ts'));

/** What stands under a heading. */
const section = (heading: string): string =>
  new RegExp(String.raw`^## ${heading}\n([^]*?)(?=^## |$(?![^]))`, 'm').exec(page)?.[1] ?? '';

const quoted = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);

describe('ARCHITECTURE.md names only', () => {
  test('paths that exist', () => {
    const paths = quoted.filter(
      (text) => /^(?:apps|packages|test|script|deploy|docs)\/[\w./-]+$/.test(text) && !/\bNAME\b/.test(text),
    );

    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('files that exist, also in its drawings', () => {
    const names = (page.match(/[\w-]+(?:\.test)?\.(?:ts|lua)\b/g) ?? []).map((name) => basename(name));
    const known = new Set(code.map(({ path }) => basename(path)));

    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  test('identifiers that the code has', () => {
    const identifiers = quoted.filter((text) =>
      /^[a-z]+(?:[A-Z_]\w*)+$|^[A-Z]\w+$|^[a-z]\w*\.[a-z_]\w*$/.test(text),
    );
    const words = new Set(sources.flatMap(({ text }) => text.match(/\w+/g) ?? []));

    expect(identifiers.length).toBeGreaterThan(5);
    expect(
      identifiers.filter((name) => !isFile(name) && !name.split('.').every((part) => words.has(part))),
    ).toEqual([]);
  });
});

describe('the states of a delivery', () => {
  const [, drawing = '', table = ''] =
    /^```\n([^]*?)^```\n([^]*)/m.exec(section('The states of a delivery')) ?? [];
  const rows = [...table.matchAll(/^\| (\d+) +\|.*\| (.*?) +\|$/gm)].map(([, number = '', by = '']) => ({
    number,
    by,
  }));

  test('are left by the arrows of the drawing, each explained', () => {
    const arrows = new Set(drawing.match(/\d+/g));

    expect(arrows.size).toBeGreaterThan(8);
    expect(new Set(rows.map(({ number }) => number))).toEqual(arrows);
  });

  test('are left by what the table says', () => {
    const missing = rows.flatMap(({ number, by }) => missingIn(by).map((what) => `${number}: ${what}`));

    expect(missing).toEqual([]);
  });
});

/** Of "`one` and `two` in `file.ts`", or of "`file.lua`", what is not there. */
function missingIn(by: string): readonly string[] {
  const names = [...by.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  const file = names.at(-1) ?? '';
  const text = sources.find(({ path }) => basename(path) === file)?.text;
  if (text === undefined) return [`no file ${file}`];
  return names.slice(0, -1).filter((name) => !new RegExp(String.raw`\bfunction ${name}\b`).test(text));
}

const isFile = (name: string): boolean => code.some(({ path }: TextFile) => basename(path) === name);
