import { expect, test } from 'vitest';
import { cutFront, cutTo, lengthOf, table } from './table.ts';

test('columns are as wide as what is in them, whatever the characters are made of', () => {
  const rows = [
    { name: 'café', count: 7 },
    { name: 'cafe\u0301s', count: 1_234 },
  ];
  expect(
    table<(typeof rows)[number]>(
      [
        { head: 'N', cell: ({ name }) => name },
        { head: 'COUNT', cell: ({ count }) => String(count), right: true },
      ],
      rows,
    ),
  ).toEqual(['N      COUNT', 'café       7', 'cafe\u0301s   1234']);
  expect(lengthOf('cafe\u0301s')).toBe(5);
});

test('what is too long is cut at the end, or in front', () => {
  expect([cutTo(5, 'abcde'), cutTo(4, 'abcde'), cutTo(1, 'abcde')]).toEqual(['abcde', 'abc…', '…']);
  expect([cutFront(5, 'abcde'), cutFront(4, 'abcde')]).toEqual(['abcde', '…cde']);
});
