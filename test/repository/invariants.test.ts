import { expect, test } from 'vitest';
import { readRepositoryFile } from './root.ts';
import { textFiles } from './text-files.ts';

const [, list = ''] = /^## Invariants\n([^]*?)^## /m.exec(readRepositoryFile('ARCHITECTURE.md')) ?? [];
const numbers = (list.match(/^\d+(?=\. \*\*)/gm) ?? []).map(Number);

/** The numbers in "invariant 7", "Invariants 1 and 10", "invariants 1, 2, 3 and 5", also over the end of a line. */
const cited = (text: string): readonly number[] =>
  (
    text.replaceAll(/\n\s*(?:\*|\/\/|--)?\s*/g, ' ').match(/\binvariants? \d+(?:(?:, | and )\d+)*/gi) ?? []
  ).flatMap((citation) => (citation.match(/\d+/g) ?? []).map(Number));

const files = textFiles().map(({ path, text }) => ({ path, numbers: cited(text) }));

test('are numbered from 1 without a gap', () => {
  expect(numbers.length).toBeGreaterThan(10);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
});

test('exist where they are cited', () => {
  const unknown = files.flatMap(({ path, numbers: all }) =>
    all.filter((number) => !numbers.includes(number)).map((number) => `${path}: ${number}`),
  );

  expect(unknown).toEqual([]);
});

test('are each cited by a test', () => {
  const tested = new Set(
    files.filter(({ path }) => path.endsWith('.test.ts')).flatMap(({ numbers: all }) => all),
  );

  expect(numbers.filter((number) => !tested.has(number))).toEqual([]);
});

test('are found in every form of citing', () => {
  expect(cited('(invariant 7), Invariants 1, 2 and 10. invariant 1d\n * invariants\n * 3 and 4')).toEqual([
    7, 1, 2, 10, 1, 3, 4,
  ]);
});

test('are the only rule book that the code refers to', () => {
  const references = textFiles().filter(({ text }) => /[(]design[:,]/i.test(text));

  expect(references.map(({ path }) => path)).toEqual([]);
});
