import { expect, test } from 'vitest';
import { cutAt, cutToCodePoints } from './cut-text.ts';

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
