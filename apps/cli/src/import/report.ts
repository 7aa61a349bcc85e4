import { noteKinds, type Note, type NoteKind } from './note.ts';

const titles: Readonly<Record<NoteKind, string>> = {
  decide: 'To decide',
  differs: 'What differs',
  none: 'What has no counterpart',
  same: 'What is the same',
};

/** What became of every line, the decisions first. */
export function report(notes: readonly Note[]): string {
  const byKind = Map.groupBy(notes, ({ kind }) => kind);
  return noteKinds
    .flatMap((kind) => {
      const those = byKind.get(kind) ?? [];
      return those.length === 0 ? [] : [`${titles[kind]}:`, ...grouped(those), ''];
    })
    .join('\n');
}

/** What is said of several paths alike is said once. */
function grouped(notes: readonly Note[]): readonly string[] {
  const byText = Map.groupBy(notes, ({ text }) => text);
  return [...byText].flatMap(([text, those]) => {
    const paths = [...new Set(those.map(({ path }) => path))];
    const [only, ...more] = paths;
    return more.length === 0 ? [`  ${only}: ${text}`] : [`  ${text}:`, ...paths.map((path) => `    ${path}`)];
  });
}
