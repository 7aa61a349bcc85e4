import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCredentialFile } from './credential-file.ts';

const nobody = 65_534;

test('of a file that may not be read it says so, and does not advise another key', () => {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-credential-'));
  using _directory = { [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
  const path = join(directory, 'key.p8');
  writeFileSync(path, 'secret', { mode: 0 });
  const program = `import { readCredentialFile } from ${JSON.stringify(join(import.meta.dirname, 'credential-file.ts'))};
    try { readCredentialFile('keyfile', ${JSON.stringify(path)}, 'give another key'); } catch (error) { console.log(error.message); }`;
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    cwd: '/',
    // The rights of files do not hold for root.
    ...(process.getuid?.() === 0 && { uid: nobody }),
  });
  expect(said.trim()).toBe(
    `${path} may not be read by this user: let the user that Carillon runs as read it and enter its folder`,
  );
});

test('of a file that is missing it gives the cure of the setting', () => {
  expect(() => readCredentialFile('keyfile', '/missing/key.p8', 'give the key')).toThrow(
    '/missing/key.p8 does not exist: give the key',
  );
});
