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
