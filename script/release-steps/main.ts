import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notesOf, releaseNotes, unreleasedNotes } from './notes.ts';
import { setVersion } from './set-version.ts';
import { isBefore, isVersion } from './version.ts';

/**
 * `main.ts VERSION` makes this checkout that release; script/release calls it. `main.ts --notes VERSION` prints the notes of a version, for the
 * pipeline that publishes it.
 */
const root = join(import.meta.dirname, '../..');
const changelogPath = join(root, 'CHANGELOG.md');
const [first, second] = process.argv.slice(2);

try {
  if (first === '--notes') printNotes(second ?? '');
  else release(first ?? '');
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function printNotes(version: string): void {
  const notes = notesOf(readFileSync(changelogPath, 'utf8'), version);
  if (notes === undefined) throw new Error(`CHANGELOG.md has no notes of ${version}`);
  console.log(notes);
}

function release(version: string): void {
  const { version: former } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  const changelog = readFileSync(changelogPath, 'utf8');
  if (!isVersion(version)) throw new Error('usage: script/release VERSION, such as 1.2.0 or 1.2.0-rc.1');
  if (!isBefore(former, version)) throw new Error(`${version} does not come after ${former}`);
  if (unreleasedNotes(changelog) === '') throw new Error('CHANGELOG.md has nothing under [Unreleased]');
  if (git('status', '--porcelain') !== '') throw new Error('there are changes that are not committed');
  if (git('tag', '--list', `v${version}`) !== '') throw new Error(`there is a tag v${version} already`);

  setVersion(root, version);
  writeFileSync(changelogPath, releaseNotes(changelog, version, new Date().toISOString().slice(0, 10)));
  // A form that the candidate of a release has written down stays as it is.
  if (!existsSync(join(root, 'test/compat', version))) run('node', 'test/compat/main.ts', version);
  run('script/test');
  console.log(`
${version} is ready. To publish it:

  git commit --all --message "Release ${version}"   # add test/compat/${version}, too
  git tag --annotate v${version} --message "Carillon ${version}"
  git push --follow-tags                             # .github/workflows/release.yml does the rest
`);
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { cwd: root, stdio: 'inherit' });
}
