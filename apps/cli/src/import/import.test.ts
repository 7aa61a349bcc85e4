import { globSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, isYamlMap, parseConfig, parseYaml } from '@carillon/runtime';
import { expect, test } from 'vitest';
import { runCommand } from '../command-line/run-command.testing.ts';
import { providers } from '../providers.ts';
import { leaves } from './convert.ts';

const folder = join(import.meta.dirname, 'sygnal-files');
const files = globSync('*.yaml', { cwd: folder }).toSorted();

interface Imported extends AsyncDisposable {
  readonly report: string;
  readonly yaml: string;
  readonly path: string;
}

/** `carillon import FILE -o …`, and what it said and wrote. */
async function importFile(file: string): Promise<Imported> {
  const scratch = await mkdtemp(join(tmpdir(), 'carillon-import-'));
  const path = join(scratch, 'carillon.yaml');
  let report = '';
  const output = { write: (text: string) => (report += text) };
  const exit = await runCommand(
    { configPath: 'none.yaml', output },
    'import',
    join(folder, file),
    '-o',
    path,
  );
  expect(exit).toBe('ok');
  return {
    report,
    path,
    yaml: await readFile(path, 'utf8'),
    [Symbol.asyncDispose]: () => rm(scratch, { recursive: true }),
  };
}

const load = (text: string) => parseConfig(text, { path: 'carillon.yaml', appTypes: providers });

/** The lines of one part of the report. */
function part(report: string, title: string): string {
  const [, after = ''] = report.split(`${title}:\n`);
  return after.split(/^\S/m)[0] ?? '';
}

test('there are files of every kind that Sygnal reads', () => {
  expect(files.length).toBeGreaterThanOrEqual(10);
});

test.each(files)('%s: no value of the file is lost in silence', async (file) => {
  await using imported = await importFile(file);
  const source = parseYaml(readFileSync(join(folder, file), 'utf8'), { version: '1.1' }).value;
  const paths = isYamlMap(source) ? leaves(source, '') : [];

  expect(paths.length).toBeGreaterThan(3);
  const told = new Set(imported.report.split('\n').map((line) => line.trim().split(': ')[0]));
  expect(paths.filter((path) => !told.has(path))).toEqual([]);
});

test.each(files)('%s: what is written loads, or the report says what to decide first', async (file) => {
  await using imported = await importFile(file);
  const decisions = part(imported.report, 'To decide');
  let problems: readonly string[] = [];
  try {
    load(imported.yaml);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems = error.problems.map(({ message }) => message);
  }
  expect(problems.filter((message) => !decisions.includes(message))).toEqual([]);
  expect(problems.length > 0).toBe(
    ['04-globs.yaml', '10-mistakes.yaml', '11-everything.yaml'].includes(file),
  );
});

test.each(files)('%s: the report and the file hold no secret that they need not', async (file) => {
  await using imported = await importFile(file);
  const withoutProxy = imported.yaml.replace(/^proxy: .*$/m, '');
  expect(imported.report + withoutProxy).not.toMatch(/SECRET/);
  expect(statSync(imported.path).mode & 0o077).toBe(0);
});

test('apps keep what Sygnal was told of them', async () => {
  await using imported = await importFile('03-voip.yaml');
  const { apps } = load(imported.yaml);
  expect(apps).toMatchObject([
    {
      name: 'org.example.ios',
      type: 'apns',
      settings: { key_id: 'ABC123DEFG', team_id: '1234567890', topic: 'org.example', push_type: 'alert' },
    },
    {
      name: 'org.example.ios.voip',
      type: 'apns',
      settings: { topic: 'org.example.voip', push_type: 'voip' },
    },
  ]);
  expect(part(imported.report, 'What differs')).toContain(
    'apps.org.example.ios.voip.push_type: only calls go out',
  );
});

test("listeners, proxy, level and Python's yes are taken over", async () => {
  await using first = await importFile('08-webpush-endpoints.yaml');
  await using second = await importFile('09-proxy-and-sentry.yaml');
  expect(load(first.yaml)).toMatchObject({
    ingress: { listen: { host: '::', port: 5000 }, opsListen: { host: '0.0.0.0', port: 9100 } },
    worker: { opsListen: { host: '0.0.0.0', port: 9101 } },
  });
  expect(part(first.report, 'To decide')).toContain('http.bind_addresses');
  expect(load(second.yaml)).toMatchObject({
    log: { level: 'warn' },
    ingress: { listen: { host: '127.0.0.1', port: 5000 } },
  });
  expect(second.yaml).toContain('proxy: "http://sygnal:SECRETSECRET@proxy.internal:3128"');
});

test('what has no way over is named as a decision', async () => {
  await using legacy = await importFile('05-legacy-gcm.yaml');
  const decisions = part(legacy.report, 'To decide');
  expect(decisions).toContain('apps.com.old.android.service_account_file');
  expect(decisions).toContain('apps.com.old.windows.type: is a class of your own');
  expect(legacy.yaml).toContain('# com.old.windows: left out');

  await using open = await importFile('07-webpush.yaml');
  await using listed = await importFile('08-webpush-endpoints.yaml');
  expect(part(open.report, 'To decide')).toContain('apps.org.example.web.allowed_endpoints');
  expect(part(listed.report, 'To decide')).not.toContain('allowed_endpoints');

  await using options = await importFile('06-fcm-options.yaml');
  expect(part(options.report, 'What differs')).toContain('apps.chat.example.app.fcm_options.data');
  await using mistakes = await importFile('10-mistakes.yaml');
  expect(part(mistakes.report, 'To decide')).toContain('apps.a.b.c.certfile: stands twice');
});

test('a file that is there already is not overwritten', async () => {
  await using imported = await importFile('01-small.yaml');
  const output = { write: () => undefined };
  const again = runCommand(
    { configPath: 'none.yaml', output },
    'import',
    join(folder, '02-certificates.yaml'),
    '-o',
    imported.path,
  );
  await expect(again).rejects.toThrow('is there already');
  expect(await readFile(imported.path, 'utf8')).toBe(imported.yaml);
});

test('without -o the configuration goes to the output, the report as comments before it', async () => {
  let text = '';
  const output = { write: (more: string) => (text += more) };
  await runCommand({ configPath: 'none.yaml', output }, 'import', join(folder, '02-certificates.yaml'));
  expect(load(text).apps).toHaveLength(2);
  expect(text).toMatch(/^# To decide:\n/);
});

test.each([
  ['', 'is no map'],
  ['- a list', 'is no map'],
  ['apps: [', 'problem'],
])('what is no configuration of Sygnal is refused: %s', async (content, complaint) => {
  const scratch = await mkdtemp(join(tmpdir(), 'carillon-import-'));
  try {
    await writeFile(join(scratch, 'sygnal.yaml'), content);
    const output = { write: () => undefined };
    const refused = runCommand({ configPath: 'none.yaml', output }, 'import', join(scratch, 'sygnal.yaml'));
    await expect(refused).rejects.toThrow(complaint);
  } finally {
    await rm(scratch, { recursive: true });
  }
});
