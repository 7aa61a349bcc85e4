import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of the golden files under `root` that are missing, differ from what was recorded, or have no case. */
export function outdated(root: string, recorded: ReadonlyMap<string, string>): readonly string[] {
  const stored = globSync('test/golden/files/**/*.json', { cwd: root });
  const changed = [...recorded].filter(
    ([path, text]) => !stored.includes(path) || readFileSync(join(root, path), 'utf8') !== text,
  );
  return [...changed.map(([path]) => path), ...stored.filter((path) => !recorded.has(path))].toSorted();
}
