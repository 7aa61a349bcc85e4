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

/** At most so many code points, whole characters only. */
export function cutToCodePoints(text: string, codePoints: number): string {
  if (text.length <= codePoints) return text;
  let units = 0;
  for (let count = 0; count < codePoints && units < text.length; count += 1)
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  return cutAt(text, units);
}
