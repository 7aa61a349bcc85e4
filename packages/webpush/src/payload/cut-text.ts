const ellipsis = '…';
const ellipsisBytes = 3;
/** No letter with its marks and no joined emoji is longer; a longer cluster is an attack on the renderer. */
const maxClusterUnits = 64;

const clusters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Cuts a text to at most `max` code points, the `…` at its end included. Whole characters only: a letter keeps its
 * marks and a joined emoji its parts, or goes. Texts that fit come back as they are.
 */
export function cutToCodePoints(text: string, max: number): string {
  if (text.length <= max) return text;
  let end = 0;
  let unit = 0;
  for (let count = 0; unit < text.length; count += 1) {
    if (count === max) return text.slice(0, lastClusterEnd(text, end)) + ellipsis;
    if (count === max - 1) end = unit;
    unit += unitsAt(text, unit);
  }
  return text;
}

/** The same to at most `maxBytes` of UTF-8 within a JSON string, without its quotation marks. */
export function cutToJsonBytes(text: string, maxBytes: number): string {
  // A UTF-16 unit is at most six bytes, as `\u0000`.
  if (text.length * 6 <= maxBytes) return text;
  if (maxBytes < ellipsisBytes) return jsonBytes(text) <= maxBytes ? text : '';
  let end = 0;
  let bytes = 0;
  for (let unit = 0; unit < text.length;) {
    const units = unitsAt(text, unit);
    bytes += escapedBytes(text.codePointAt(unit) ?? 0);
    if (bytes > maxBytes) return text.slice(0, lastClusterEnd(text, end)) + ellipsis;
    unit += units;
    if (bytes <= maxBytes - ellipsisBytes) end = unit;
  }
  return text;
}

/** Bytes of a text within a JSON string, without its quotation marks. */
export function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

function unitsAt(text: string, unit: number): number {
  return (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
}

function escapedBytes(codePoint: number): number {
  if (codePoint >= 0x20 && codePoint < 0x80) return codePoint === 0x22 || codePoint === 0x5c ? 2 : 1;
  if (codePoint < 0x20) return codePoint >= 0x08 && codePoint <= 0x0d && codePoint !== 0x0b ? 2 : 6;
  if (codePoint < 0x800) return 2;
  // Half a surrogate pair is written as an escape (ECMA-262, QuoteJSONString).
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return 6;
  return codePoint < 0x10000 ? 3 : 4;
}

/** The end of the last whole cluster within the first `end` units, which are whole code points. */
function lastClusterEnd(text: string, end: number): number {
  const start = clusters.segment(text.slice(0, end + maxClusterUnits)).containing(end)?.index ?? end;
  return start > 0 && end - start <= maxClusterUnits ? start : end;
}
