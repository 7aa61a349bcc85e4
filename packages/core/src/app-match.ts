import { createGlob, isGlob, type Glob } from './glob.ts';

/** Finds the configured app of a request's `app_id`: an exact name wins over globs; two matching globs are ambiguous. */
export type AppMatch<App> =
  | { readonly kind: 'found'; readonly app: App }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ambiguous' };

export interface AppMatcher<App> {
  readonly match: (appId: string) => AppMatch<App>;
}

/** Answers remembered for globs, so that a request seldom costs more than a look; bounded (invariant 13). */
const rememberedMatches = 1_000;

export function createAppMatcher<App extends { readonly name: string }>(
  apps: readonly App[],
): AppMatcher<App> {
  const exact = new Map<string, AppMatch<App>>();
  const globs: { readonly matches: Glob; readonly app: App }[] = [];
  for (const app of apps) {
    if (isGlob(app.name)) globs.push({ matches: createGlob(app.name), app });
    else exact.set(app.name, { kind: 'found', app });
  }
  const remembered = new Map<string, AppMatch<App>>();

  return {
    match(appId) {
      const known = exact.get(appId) ?? remembered.get(appId);
      if (known !== undefined) return known;
      const [first, second] = globs.filter(({ matches }) => matches(appId));
      if (first === undefined) return { kind: 'unknown' };
      const match: AppMatch<App> =
        second === undefined ? { kind: 'found', app: first.app } : { kind: 'ambiguous' };
      if (remembered.size < rememberedMatches) remembered.set(appId, match);
      return match;
    },
  };
}
