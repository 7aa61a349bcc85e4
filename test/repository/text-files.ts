import { globSync } from 'node:fs';
import { readRepositoryFile, root } from './root.ts';

export interface TextFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const patterns = [
  '*.{md,ts,yml,yaml}',
  'docs/**/*.md',
  '{apps,packages,test,script,deploy}/**/*.{ts,lua,md,mjs,yml,yaml,template}',
];

/** Everything of the repository that was written by hand to be read: code, pages, container files. */
export function textFiles(): readonly TextFile[] {
  return globSync(patterns, { cwd: root, exclude: ['**/node_modules'] })
    .toSorted()
    .map((path) => ({ path, text: readRepositoryFile(path) }));
}
