import { describe, expect, test } from 'vitest';
import { createGlob, globsOverlap, matches } from './glob.ts';

test.each([
  ['com.example.*', 'com.example.ios', true],
  ['com.example.*', 'com.example.', true],
  ['com.example.*', 'com.example', false],
  ['*.dev', 'a.dev.dev', true],
  ['a*b*c', 'a-b-b-c-c', true],
  ['a*b*c', 'a-c-b', false],
  ['a*bc?', 'abcabcd', true],
  ['**', '', true],
  ['?', '', false],
  ['?*?', 'xy', true],
  ['?*?', 'x', false],
  ['com.?', 'com.\n', true],
  ['com.?', 'com.🔔', true],
  ['a.b', 'aXb', false],
  ['x(y)*', 'x(y)z', true],
  ['*', '*?', true],
  ['a', 'a*', false],
])('%s and %s: %s', (glob, text, expected) => {
  expect(createGlob(glob)(text)).toBe(expected);
});

// Invariant 14.
test.each(['com.*.ios.*.dev', '*a*a*a*a*b', '?*?*?*x', '*'])(
  'the work of %s grows no faster than the text, which a stranger chose',
  (glob) => {
    const signs = Array.from(glob);
    for (const filler of ['com.', '.ios.', 'a', '.dev']) {
      const { text, reads } = counted(`com.${filler.repeat(Math.ceil(80_000 / filler.length))}`);
      matches(signs, text);
      expect(reads()).toBeLessThanOrEqual(text.length * signs.length);
    }
  },
);

/** A text that counts how often one of its characters is read. */
function counted(text: string): { readonly text: ArrayLike<string>; readonly reads: () => number } {
  let reads = 0;
  const characters = new Proxy(Array.from(text), {
    get(target, key) {
      if (key !== 'length') reads += 1;
      return Reflect.get(target, key) as unknown;
    },
  });
  return { text: characters, reads: () => reads };
}

describe('globs overlap', () => {
  test.each([
    ['com.*', '*.ios', true],
    ['com.*', 'com.example.*', true],
    ['a?c', 'ab?', true],
    ['*', '?', true],
    ['com.a.*', 'com.b.*', false],
    ['a?', 'a', false],
    ['?', '', false],
    ['*x', '*y', false],
  ])('%s and %s: %s', (a, b, overlap) => {
    expect([globsOverlap(a, b), globsOverlap(b, a)]).toEqual([overlap, overlap]);
  });
});
