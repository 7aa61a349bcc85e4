import { expect, test } from 'vitest';
import { cutText } from './cut-text.ts';

const bytes = (text: string): number => Buffer.byteLength(text);

test('leaves alone what fits to the byte', () => {
  for (const text of ['', 'abc', 'y'.repeat(1024), 'ü'.repeat(512), '🔔'.repeat(256)])
    expect(cutText(text, 1024)).toBe(text);
});

test('cuts to the byte where a letter is a byte, the ellipsis included', () => {
  expect(cutText('y'.repeat(1025), 1024)).toBe(`${'y'.repeat(1021)}…`);
});

test('never cuts into a code point', () => {
  expect(cutText(`z${'ü'.repeat(600)}`, 1024)).toBe(`z${'ü'.repeat(510)}…`);
  expect(cutText(`z${'鐘'.repeat(600)}`, 1024)).toBe(`z${'鐘'.repeat(340)}…`);
  expect(cutText(`z${'🔔'.repeat(600)}`, 1024)).toBe(`z${'🔔'.repeat(255)}…`);
});

test.each([
  ['a letter and its mark', 'e\u0301'],
  ['an emoji and its variation selector', '🛎\ufe0f'],
  ['a family', '👩‍👩‍👧‍👦'],
  ['a flag', '🇨🇭'],
  ['a line break of two characters', '\r\n'],
])('keeps %s together', (_, cluster) => {
  const text = cluster.repeat(400);
  for (let limit = 40; limit < 70; limit += 1) {
    const cut = cutText(text, limit);
    expect(bytes(cut)).toBeLessThanOrEqual(limit);
    expect(cut.endsWith('…')).toBe(true);
    const kept = cut.slice(0, -1);
    expect(kept).toBe(cluster.repeat(kept.length / cluster.length));
    expect(bytes(cut)).toBeGreaterThan(limit - bytes(cluster) - 3);
  }
});

test('cuts through a letter with hundreds of marks rather than losing all before it', () => {
  const cut = cutText(`a${'\u0301'.repeat(2000)}`, 1024);
  expect(bytes(cut)).toBeGreaterThan(1000);
  expect(bytes(cut)).toBeLessThanOrEqual(1024);
});

test('leaves nothing where not even the ellipsis fits', () => {
  expect(cutText('abcdef', 3)).toBe('…');
  expect(cutText('abcdef', 2)).toBe('');
  expect(cutText('abcdef', 0)).toBe('');
});
