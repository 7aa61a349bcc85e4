import { escapedBytes, jsonBytes, unitsOf, utf8Bytes } from './utf8.ts';

export const ellipsis = '…';
const ellipsisBytes = 3;
/** No letter with its marks and no joined emoji is longer, in UTF-16 units; what is, is an attack on renderers. */
const maxClusterUnits = 64;

const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * The first `units` UTF-16 units of a text, less what would tear a character: a letter keeps its marks, a joined
 * emoji its parts, a flag its two halves, or all of it goes. `units` must not lie inside a surrogate pair.
 */
export function cutAt(text: string, units: number): string {
  if (units >= text.length) return text;
  // Whether there is a boundary at `units` depends on what precedes it and on the one code point that follows.
  const segment = clusters.segment(text.slice(0, units + 2)).containing(units);
  const start = segment?.index ?? units;
  return text.slice(0, units - start > maxClusterUnits ? units : start);
}

/** At most `max` code points, those of `end` included, which stands after a text that was cut. */
export function cutToCodePoints(text: string, max: number, end = ''): string {
  if (text.length <= max) return text;
  const kept = max - end.length;
  let unit = 0;
  let cut = 0;
  for (let count = 0; count < max && unit < text.length; count += 1) {
    if (count === kept) cut = unit;
    unit += unitsOf(text.codePointAt(unit) ?? 0);
  }
  if (unit >= text.length) return text;
  return cutAt(text, end === '' ? unit : cut) + end;
}

/** At most `maxBytes` of UTF-8, the `…` after a text that was cut included. */
export function cutToBytes(text: string, maxBytes: number): string {
  // A UTF-16 unit is at most three bytes of UTF-8: short texts need no counting.
  if (text.length * 3 <= maxBytes) return text;
  if (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes) return text;
  return cutToSum(text, maxBytes, utf8Bytes);
}

/** The same within a JSON string, without its quotation marks. */
export function cutToJsonBytes(text: string, maxBytes: number): string {
  // A UTF-16 unit is at most six bytes, as `\u0000`.
  if (text.length * 6 <= maxBytes) return text;
  if (text.length <= maxBytes && jsonBytes(text) <= maxBytes) return text;
  return cutToSum(text, maxBytes, escapedBytes);
}

/** Cuts a text that is too long; the `…` takes its part, or nothing is left. */
function cutToSum(text: string, maxBytes: number, bytesOf: (codePoint: number) => number): string {
  if (maxBytes < ellipsisBytes) return '';
  let unit = 0;
  let bytes = 0;
  while (unit < text.length) {
    const codePoint = text.codePointAt(unit) ?? 0;
    bytes += bytesOf(codePoint);
    if (bytes > maxBytes - ellipsisBytes) break;
    unit += unitsOf(codePoint);
  }
  return cutAt(text, unit) + ellipsis;
}
