import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a version stands: a file, and the text of it that names the version. */
interface Place {
  readonly file: string;
  readonly pattern: RegExp;
}

/** Every place that names the version of what is released. */
function places(root: string): readonly Place[] {
  const packages = ['package.json', ...globSync('{apps,packages}/*/package.json', { cwd: root }).toSorted()];
  return [
    ...packages.flatMap((file) => [
      { file, pattern: /^ {2}"version": "([^"]+)"/gm },
      { file, pattern: /"@carillon\/[a-z]+": "([^"]+)"/g },
    ]),
    { file: 'package-lock.json', pattern: /"@carillon\/[a-z]+": "([^"]+)"/g },
    {
      file: 'package-lock.json',
      pattern: /"name": "(?:carillon|@carillon\/[a-z]+)",\s+"version": "([^"]+)"/g,
    },
    { file: 'deploy/helm/carillon/Chart.yaml', pattern: /^(?:version|appVersion): (\S+)$/gm },
    { file: 'Dockerfile', pattern: /org\.opencontainers\.image\.version="([^"]+)"/g },
    { file: 'docs/kubernetes.md', pattern: /registry\.example\.net\/carillon:(\S+?)(?= )/g },
    { file: 'docs/kubernetes.md', pattern: /registry\.example\.net\/carillon, tag: ([^\s}]+)/g },
  ];
}

/** The versions that stand there now, each with its file. */
export function versionsIn(root: string): readonly { readonly file: string; readonly version: string }[] {
  return places(root).flatMap(({ file, pattern }) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map(([, version = '']) => ({
      file,
      version,
    })),
  );
}

export function setVersion(root: string, version: string): void {
  for (const { file, pattern } of places(root)) {
    const path = join(root, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      text.replaceAll(pattern, (whole, former: string) => {
        const at = whole.lastIndexOf(former);
        return `${whole.slice(0, at)}${version}${whole.slice(at + former.length)}`;
      }),
    );
  }
}
