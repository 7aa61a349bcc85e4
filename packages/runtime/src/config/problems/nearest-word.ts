import { distance } from 'fastest-levenshtein';

/**
 * The word that somebody most likely meant: a third of its letters may be wrong, letters in a wrong order are one
 * mistake, and `-`, `_` and case count for nothing.
 */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const given = plain(word);
  const ranked = known
    .map((candidate) => ({ candidate, edits: editsBetween(given, plain(candidate)) }))
    .toSorted((a, b) => a.edits - b.edits);
  const [best] = ranked;
  if (best === undefined) return undefined;
  return best.edits <= Math.max(1, Math.floor(given.length / 3)) ? best.candidate : undefined;
}

const plain = (text: string): string => text.replace(/[-_ ]/g, '').toLowerCase();

function editsBetween(a: string, b: string): number {
  const edits = distance(a, b);
  return edits > 1 && sortedLetters(a) === sortedLetters(b) ? 1 : edits;
}

const sortedLetters = (text: string): string => Array.from(text).toSorted().join('');
