import { expect, test } from 'vitest';
import { shareBytes } from './share-bytes.ts';

const jsonBytes = (texts: readonly string[]) =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(JSON.stringify(text)) - 2, 0);

test('cuts the longest first, down to the length of the next', () => {
  expect(shareBytes(['short', 'x'.repeat(100), 'y'.repeat(40)], 65)).toEqual([
    'short',
    'x'.repeat(30),
    'y'.repeat(30),
  ]);
});

test('takes the odd byte from the first of equals', () => {
  expect(shareBytes(['x'.repeat(50), 'y'.repeat(50)], 61).map(({ length }) => length)).toEqual([30, 31]);
});

test('compares lengths as UTF-8 and counts them as JSON', () => {
  // 20 Han characters have 60 bytes and 60 in JSON; 60 quotes have 60 bytes and 120 in JSON.
  expect(shareBytes(['鐘'.repeat(20), '"'.repeat(60)], 90).map(({ length }) => length)).toEqual([10, 30]);
});

test.each([
  ['ASCII', 'The bell rings. '],
  ['quotes and backslashes', '"\\'],
  ['control characters', '\u0000\u001f\n\t\b\f\r\u007f'],
  ['Han', '鐘樓'],
  ['Arabic, from right to left', 'الجرس يدق '],
  ['joined emoji', '👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
  ['halves of surrogate pairs', '\ud83d x \udd14'],
  ['line and paragraph separators', '\u2028\u2029'],
])('fills the room with %s but never goes over it', (_name, unit) => {
  const text = unit.repeat(600);
  for (const room of [0, 1, 2, 3, 50, 777, 1500]) {
    const [cut = ''] = shareBytes([text], room);
    expect(text.toWellFormed().startsWith(cut)).toBe(true);
    expect(jsonBytes([cut])).toBeLessThanOrEqual(room);
    // The longest character here has 41 bytes.
    expect(jsonBytes([cut])).toBeGreaterThan(room - 42);
  }
});

test('gives back no text at all where there is no room', () => {
  expect(shareBytes(['bell', 'tower'], 0)).toEqual(['', '']);
});
