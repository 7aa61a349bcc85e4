/**
 * Finds the configured app of a request's `app_id`: an exact name wins over globs (`*` any run of characters,
 * `?` exactly one); two matching globs are ambiguous.
 */
export type AppMatch<App> =
  | { readonly kind: 'found'; readonly app: App }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ambiguous' };

export interface AppMatcher<App> {
  readonly match: (appId: string) => AppMatch<App>;
}

/** Answers remembered for globs, so that a request costs no regular expressions; bounded (invariant 13). */
const rememberedMatches = 1_000;

export function createAppMatcher<App extends { readonly name: string }>(
  apps: readonly App[],
): AppMatcher<App> {
  const exact = new Map<string, AppMatch<App>>();
  const globs: { readonly pattern: RegExp; readonly app: App }[] = [];
  for (const app of apps) {
    if (isGlob(app.name)) globs.push({ pattern: globPattern(app.name), app });
    else exact.set(app.name, { kind: 'found', app });
  }
  const remembered = new Map<string, AppMatch<App>>();

  return {
    match(appId) {
      const known = exact.get(appId) ?? remembered.get(appId);
      if (known !== undefined) return known;
      const [first, second] = globs.filter(({ pattern }) => pattern.test(appId));
      if (first === undefined) return { kind: 'unknown' };
      const match: AppMatch<App> =
        second === undefined ? { kind: 'found', app: first.app } : { kind: 'ambiguous' };
      if (remembered.size < rememberedMatches) remembered.set(appId, match);
      return match;
    },
  };
}

export function isGlob(name: string): boolean {
  return name.includes('*') || name.includes('?');
}

export function globPattern(glob: string): RegExp {
  const source = glob.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  // Runs of `*` are one `*`: several in a row would make the expression backtrack without end.
  return new RegExp(`^${source.replace(/\*+/g, '[^]*').replace(/\?/g, '[^]')}$`, 'u');
}

/** Whether some `app_id` matches both globs, as far as a look at the two can tell without doubt. */
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
