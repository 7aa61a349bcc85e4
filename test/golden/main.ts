import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { outdated } from './outdated.ts';
import { recordGoldenFiles } from './record.ts';

/**
 * Records what phones get: sends every case of `cases.ts` to strict stand-ins and writes `files/`. Read the
 * difference before you commit it, and renew docs/payloads.md with `npm run generate`.
 *
 *   npm run golden                writes the files, and removes those that have no case
 *   npm run golden -- --check     writes nothing; names those that are out of date and ends with 1 if there are any
 */
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = join(import.meta.dirname, '../..');
const recorded = await recordGoldenFiles();

for (const path of outdated(root, recorded)) {
  const file = join(root, path);
  const text = recorded.get(path);
  if (values.check) {
    console.error(`${path} is out of date: npm run golden`);
    process.exitCode = 1;
  } else if (text === undefined) {
    rmSync(file);
    console.log(`removed ${path}`);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
}
