import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { readRepositoryFile, root } from './root.ts';

const pages = globSync('**/*.md', { cwd: root, exclude: (path) => path.includes('node_modules') });

/** Links of a page to places in the repository, code blocks left out. */
function linksOf(markdown: string): readonly string[] {
  const prose = markdown.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that a page's headings get: lower case, hyphens for spaces, no punctuation. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = markdown.replace(/^```.*?^```/gms, '').matchAll(/^#+\s+(.*)$/gm);
  return new Set(
    [...headings].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}

function isBroken(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? join(root, page) : join(root, dirname(page), decodeURIComponent(path));
  if (!existsSync(target) || relative(root, target).startsWith('..')) return true;
  if (anchor === undefined || statSync(target).isDirectory() || !target.endsWith('.md')) return false;
  return !anchorsOf(readFileSync(target, 'utf8')).has(anchor);
}

test.each(pages)('the links of %s lead somewhere', (page) => {
  expect(linksOf(readRepositoryFile(page)).filter((link) => isBroken(page, link))).toEqual([]);
});

test('broken links and anchors are noticed', () => {
  const links = linksOf(
    '[a](CHANGELOG.md#unreleased) [b](CHANGELOG.md#gone) [c](gone.md) [d](../outside.md) [e](https://example.com)',
  );

  expect(links.filter((link) => isBroken('CONTRIBUTING.md', link))).toEqual([
    'CHANGELOG.md#gone',
    'gone.md',
    '../outside.md',
  ]);
});

test('every script that the pages tell to call exists', () => {
  const called = pages.flatMap((page) =>
    [...readRepositoryFile(page).matchAll(/\bscript\/[a-z][\w-]*(?![\w/.-])/g)].map(([script]) => script),
  );
  const { scripts } = JSON.parse(readRepositoryFile('package.json')) as { scripts: Record<string, string> };
  const runs = pages.flatMap((page) =>
    [...readRepositoryFile(page).matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name),
  );

  expect(called.filter((script) => !existsSync(join(root, script)))).toEqual([]);
  expect(runs.filter((name) => !(name in scripts))).toEqual([]);
  expect(called).toContain('script/test');
});
