import { expect, test } from 'vitest';
import { cutAt, cutToBytes, cutToCodePoints, cutToJsonBytes, ellipsis } from './cut-text.ts';
import { jsonBytes } from './utf8.ts';

const family = '👩‍👩‍👧‍👦';
const flag = '🇩🇪';
const decomposed = 'e\u0301';

test('leaves short texts alone', () => {
  expect(cutAt('bell', 4)).toBe('bell');
  expect(cutToCodePoints(family, 7)).toBe(family);
});

test('cuts between letters at once', () => {
  expect(cutAt('bells', 3)).toBe('bel');
  expect(cutToCodePoints('鐘鐘鐘', 2)).toBe('鐘鐘');
});

test.each([
  ['a joined emoji', family],
  ['a flag', flag],
  ['a letter and its mark', decomposed],
  ['a syllable of Devanagari', 'क्षि'],
  ['a syllable of Hangul in parts', '\u1112\u1161\u11ab'],
  ['a line end of two', '\r\n'],
])('does not tear %s', (_name, cluster) => {
  const whole = `a${cluster}`;
  const text = whole + cluster;
  const cuts: string[] = [];
  for (
    let units = whole.length;
    units < text.length;
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1
  )
    cuts.push(cutAt(text, units));
  expect(new Set(cuts)).toEqual(new Set([whole]));
});

test('counts code points, not units, and keeps flags in step over a long run', () => {
  expect(cutToCodePoints(flag.repeat(1000), 1001)).toBe(flag.repeat(500));
  expect(cutToCodePoints('🔔'.repeat(10), 4)).toBe('🔔'.repeat(4));
});

test('cuts through what is no character but an attack', () => {
  const tower = `a${'\u0301'.repeat(5000)}`;
  expect(cutAt(tower, 1000)).toBe(tower.slice(0, 1000));
});

const bytes = (text: string): number => Buffer.byteLength(text);

test('leaves alone what fits to the byte', () => {
  for (const text of ['', 'abc', 'y'.repeat(1024), 'ü'.repeat(512), '🔔'.repeat(256)])
    expect(cutToBytes(text, 1024)).toBe(text);
});

test('cuts to the byte where a letter is a byte, the ellipsis included', () => {
  expect(cutToBytes('y'.repeat(1025), 1024)).toBe(`${'y'.repeat(1021)}…`);
});

test('never cuts into a code point', () => {
  expect(cutToBytes(`z${'ü'.repeat(600)}`, 1024)).toBe(`z${'ü'.repeat(510)}…`);
  expect(cutToBytes(`z${'鐘'.repeat(600)}`, 1024)).toBe(`z${'鐘'.repeat(340)}…`);
  expect(cutToBytes(`z${'🔔'.repeat(600)}`, 1024)).toBe(`z${'🔔'.repeat(255)}…`);
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
    const cut = cutToBytes(text, limit);
    expect(bytes(cut)).toBeLessThanOrEqual(limit);
    expect(cut.endsWith('…')).toBe(true);
    const kept = cut.slice(0, -1);
    expect(kept).toBe(cluster.repeat(kept.length / cluster.length));
    expect(bytes(cut)).toBeGreaterThan(limit - bytes(cluster) - 3);
  }
});

test('cuts through a letter with hundreds of marks rather than losing all before it', () => {
  const cut = cutToBytes(`a${'\u0301'.repeat(2000)}`, 1024);
  expect(bytes(cut)).toBeGreaterThan(1000);
  expect(bytes(cut)).toBeLessThanOrEqual(1024);
});

test('leaves nothing where not even the ellipsis fits', () => {
  expect(cutToBytes('abcdef', 3)).toBe('…');
  expect(cutToBytes('abcdef', 2)).toBe('');
  expect(cutToBytes('abcdef', 0)).toBe('');
});

test('with an ellipsis, too, cuts between whole characters', () => {
  expect(cutToCodePoints('ab👩‍👩‍👧‍👦', 5, ellipsis)).toBe('ab…');
  expect(cutToCodePoints('abe\u0301fgh', 4, ellipsis)).toBe('ab…');
  expect(cutToCodePoints('abcd', 4, ellipsis)).toBe('abcd');
  expect(cutToJsonBytes('ab👩‍👩‍👧‍👦', 20)).toBe('ab…');
  expect(cutToJsonBytes('abc', 2)).toBe('');
});

test('cuts to any number of bytes, whatever is in them', () => {
  const letters = [
    'a',
    'ü',
    '鐘',
    '👩‍👩‍👧',
    '"',
    '\\',
    '\n',
    '\u0001',
    '\ud83d',
    '\udc00',
    'e\u0301',
    '\u2028',
    '\u007f',
  ];
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 2_000; round += 1) {
    const text = Array.from({ length: random(30) }, () => letters[random(letters.length)] ?? '').join('');
    const limit = random(100);
    const cut = cutToJsonBytes(text, limit);
    expect(jsonBytes(cut)).toBeLessThanOrEqual(limit);
    expect(cut === text || cut === '' || (cut.endsWith('…') && text.startsWith(cut.slice(0, -1)))).toBe(true);
    expect(cut === text).toBe(jsonBytes(text) <= limit);
  }
});
