import { distance } from 'fastest-levenshtein';

/** The word that somebody most likely meant: a third of its letters may be wrong, `-`, `_` and case count for nothing. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.replace(/[-_ ]/g, '').toLowerCase();
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(plain(word), plain(candidate)) }))
    .toSorted((a, b) => a.edits - b.edits);
  const [best] = ranked;
  if (best === undefined) return undefined;
  return best.edits <= Math.max(1, Math.floor(plain(word).length / 3)) ? best.candidate : undefined;
}
