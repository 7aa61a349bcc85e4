const ellipsis = '…';
const ellipsisBytes = 3;
/** No letter with its marks and no joined emoji is longer; a longer cluster is an attack on the renderer. */
const maxClusterUnits = 64;

const encoder = new TextEncoder();
const clusters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Cuts a well-formed text to at most `maxBytes` of UTF-8, the `…` at its end included. Whole characters only: a
 * letter keeps its marks and a joined emoji its parts, or goes. Texts that fit come back as they are.
 */
export function cutText(text: string, maxBytes: number): string {
  // A UTF-16 unit is at most three bytes of UTF-8: short texts need no counting.
  if (text.length * 3 <= maxBytes) return text;
  if (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes) return text;
  if (maxBytes < ellipsisBytes) return '';
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBytes - ellipsisBytes));
  return text.slice(0, lastClusterEnd(text, read)) + ellipsis;
}

/** The end of the last whole cluster within the first `end` units, which are whole code points. */
function lastClusterEnd(text: string, end: number): number {
  const start = clusters.segment(text.slice(0, end + maxClusterUnits)).containing(end)?.index ?? end;
  return start > 0 && end - start <= maxClusterUnits ? start : end;
}
