import { expect, test } from 'vitest';
import { readRepositoryFile } from './root.ts';
import { textFiles } from './text-files.ts';

const [, glossary = ''] = /^## Words\n([^]*?)^## /m.exec(readRepositoryFile('ARCHITECTURE.md')) ?? [];
const rows = [...glossary.matchAll(/^\| ([a-z][a-z -]*?) +\| .*\| ([a-z, ]*?) *\|$/gm)]
  .map(([, word = '', not = '']) => ({ word, not: not.split(', ').filter(Boolean) }))
  .filter(({ word }) => word !== 'word');

/** Not said aloud by anybody: "those who", "you" or "an operator" do. */
const neverSaid = ['whoever', 'whomever'];

const banned = [...rows.flatMap(({ not }) => not), ...neverSaid];
const pattern = new RegExp(banned.join('|'), 'gi');

/** Where the words are named to be avoided. */
const about = new Set([
  'ARCHITECTURE.md',
  'packages/runtime/src/config/problems/unknown-key.ts',
  'test/repository/words.test.ts',
]);

/** A section of Sygnal's configuration. */
const foreign = /opentracing/gi;

/** What breaks of the changelog, which names what used to be called otherwise. */
const breaking = /^### Breaking\n[^]*?^### /m;

test('the glossary has at most 25 words, each once', () => {
  expect(rows.length).toBeGreaterThan(15);
  expect(rows.length).toBeLessThanOrEqual(25);
  expect(new Set(rows.map(({ word }) => word)).size).toBe(rows.length);
});

test('what has a word of the glossary is called by no other', () => {
  const found = textFiles()
    .filter(({ path }) => !about.has(path))
    .flatMap(({ path, text }) =>
      (text.replace(breaking, '').replace(foreign, '').match(pattern) ?? []).map(
        (word) => `${path}: ${word}`,
      ),
    );

  expect(banned).toEqual(expect.arrayContaining(['bury', 'quarantine', 'whoever']));
  expect(found).toEqual([]);
});
