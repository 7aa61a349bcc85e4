import { globSync } from 'node:fs';
import { readRepositoryFile, root } from './root.ts';

export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** The documentation: the pages in the root and those in docs/. */
export function pages(): readonly Page[] {
  return globSync(['*.md', 'docs/**/*.md'], { cwd: root })
    .toSorted()
    .map((path) => ({ path, text: readRepositoryFile(path) }));
}

/** The fenced blocks of one language. */
export function codeBlocks(text: string, language: string): readonly string[] {
  const fence = new RegExp(String.raw`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm');
  return [...text.matchAll(fence)].map(([, block = '']) => block);
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

/** Where links of a page go: written out, or by a definition. */
export function linkTargets(text: string): readonly string[] {
  const prose = withoutCode(text);
  return [
    ...[...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target),
    ...[...prose.matchAll(/^\[[^\]]+\]: (\S+)$/gm)].map(([, target = '']) => target),
  ];
}

/** The anchors that GitHub gives the headings of a page. */
export function anchors(text: string): ReadonlySet<string> {
  const found = new Map<string, number>();
  const prose = text.replaceAll(/^```[^]*?^```$/gm, '');
  return new Set(
    [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
      const anchor = heading
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
        .replaceAll(' ', '-');
      const count = found.get(anchor) ?? 0;
      found.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    }),
  );
}
