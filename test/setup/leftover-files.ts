import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folderName = 'CARILLON_TEST_FILES';

/**
 * Everything that tests start finds a folder of the run's own where the machine has its temporary files. The check tells what was
 * left in it, and removes it.
 */
export function giveFolder(): () => readonly string[] {
  if (process.env[folderName] !== undefined) return () => []; // the projects of a run share this process
  const folder = mkdtempSync(join(tmpdir(), 'carillon-tests-'));
  process.env[folderName] = process.env['TMPDIR'] = folder;
  return () => {
    const left = readdirSync(folder);
    rmSync(folder, { recursive: true });
    return left.length === 0 ? [] : [`The tests leave files behind (removed now):\n  ${left.join('\n  ')}`];
  };
}
