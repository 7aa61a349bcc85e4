/**
 * Globs over names: `*` is any run of characters, `?` exactly one. What they are held against comes from strangers,
 * so the work grows with the length of the text and of the glob, and never with their powers.
 */
export type Glob = (text: string) => boolean;

export function isGlob(name: string): boolean {
  return name.includes('*') || name.includes('?');
}

export function createGlob(glob: string): Glob {
  const signs = Array.from(glob);
  const [start = ''] = glob.split(/[*?]/, 1);
  return (text) => text.startsWith(start) && matches(signs, Array.from(text));
}

/**
 * Whether the characters are what the glob says, as a whole. When it goes wrong behind a `*`, only the last one takes a
 * character more: an earlier one could not do better. So no character is read more often than the glob is long.
 */
export function matches(glob: readonly string[], text: ArrayLike<string>): boolean {
  let sign = 0;
  let at = 0;
  let star: { readonly sign: number; at: number } | undefined;
  while (at < text.length) {
    const wanted = glob[sign];
    if (wanted === '*') {
      star = { sign, at };
      sign += 1;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[at])) {
      sign += 1;
      at += 1;
    } else if (star !== undefined) {
      star.at += 1;
      at = star.at;
      sign = star.sign + 1;
    } else return false;
  }
  return glob.slice(sign).every((rest) => rest === '*');
}

/** Whether some text matches both globs. */
export function globsOverlap(a: string, b: string): boolean {
  const seen = new Set<string>();
  const overlaps = (i: number, j: number): boolean => {
    const state = `${i}:${j}`;
    if (seen.has(state)) return false;
    seen.add(state);
    if (i === a.length && j === b.length) return true;
    if (a[i] === '*') return overlaps(i + 1, j) || (j < b.length && overlaps(i, j + 1));
    if (b[j] === '*') return overlaps(i, j + 1) || (i < a.length && overlaps(i + 1, j));
    if (i === a.length || j === b.length) return false;
    return (a[i] === b[j] || a[i] === '?' || b[j] === '?') && overlaps(i + 1, j + 1);
  };
  return overlaps(0, 0);
}
