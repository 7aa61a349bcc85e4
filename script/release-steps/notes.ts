const unreleased = /^## \[Unreleased\]\n([^]*?)(?=^## \[|$(?![^]))/m;

/** What the changelog says of what is not released yet. */
export function unreleasedNotes(changelog: string): string {
  return unreleased.exec(changelog)?.[1]?.trim() ?? '';
}

/** The changelog with these notes under the version, and an empty Unreleased above it. `day` as in 2026-11-29. */
export function releaseNotes(changelog: string, version: string, day: string): string {
  return changelog.replace(
    unreleased,
    () => `## [Unreleased]\n\n## [${version}] - ${day}\n\n${unreleasedNotes(changelog)}\n\n`,
  );
}

/** The notes of one version, for its page. */
export function notesOf(changelog: string, version: string): string | undefined {
  const start = changelog.indexOf(`## [${version}]`);
  if (start === -1) return undefined;
  const after = changelog.slice(changelog.indexOf('\n', start) + 1);
  const end = after.search(/^## \[/m);
  return (end === -1 ? after : after.slice(0, end)).trim();
}
