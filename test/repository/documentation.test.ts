import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { anchors, linkTargets, pages } from './markdown.ts';
import { readRepositoryFile, root } from './root.ts';

/** What a page's links name and is not there: files, and headings of pages. */
function brokenLinks(path: string, text: string): readonly string[] {
  return linkTargets(text).filter((target) => {
    if (/^[a-z]+:/.test(target)) return false; // another site's; not ours to promise
    const [file = '', anchor] = target.split('#');
    const wanted = file === '' ? path : relative(root, join(root, dirname(path), decodeURIComponent(file)));
    if (!existsSync(join(root, wanted))) return true;
    if (anchor === undefined) return false;
    return !anchors(file === '' ? text : readRepositoryFile(wanted)).has(anchor);
  });
}

test.each(pages())('the links of $path lead somewhere', ({ path, text }) => {
  expect(brokenLinks(path, text)).toEqual([]);
});

test('a link to a missing file, to a missing heading or by a definition is noticed', () => {
  const text =
    '# A `heading`, twice\n\n# A `heading`, twice\n\n[a](nowhere.md) [b](#a-heading-twice-1) [c](#another) [d][e]\n\n[e]: docs/nowhere.md\n';

  expect(brokenLinks('README.md', text)).toEqual(['nowhere.md', '#another', 'docs/nowhere.md']);
});

test.each(pages())('$path names only metrics and settings that there are', ({ text }) => {
  const metrics: readonly string[] =
    readRepositoryFile('docs/metrics.md').match(/(?<=^\| `)carillon_\w+/gm) ?? [];
  // A name that ends in `_` stands for all that begin so.
  const isMetric = (name: string) =>
    name.endsWith('_')
      ? metrics.some((metric) => metric.startsWith(name))
      : metrics.includes(name.replace(/_(bucket|sum|count)$/, ''));
  const settings = readRepositoryFile('docs/configuration.md').match(/(?<=^\| `)[\w.]+/gm) ?? [];
  const sections = new Set(settings.flatMap((key) => [key, key.replace(/\.\w+$/, '')]));

  const namedMetrics = text.match(/\bcarillon_[a-z]\w*/g) ?? [];
  const namedSettings = text.match(/(?<=`)(?:redis|ingress|worker|rejections|log)\.[a-z_.]+(?=[`:])/g) ?? [];

  expect(namedMetrics.filter((name) => !isMetric(name))).toEqual([]);
  expect(namedSettings.filter((name) => !sections.has(name))).toEqual([]);
});

test.each(pages())('$path names only scripts that there are', ({ text }) => {
  const { scripts } = JSON.parse(readRepositoryFile('package.json')) as { scripts: object };

  const npm = [...text.matchAll(/\bnpm run (?:-s )?([\w:]+)/g)].map(([, name = '']) => name);
  const files = text.match(/(?<![\w/])script\/[\w/.-]*\w/g) ?? [];

  expect(npm.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
