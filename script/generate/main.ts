import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { generatedFiles } from './generated-files.ts';

/**
 * Writes what is derived from the code: the reference pages in docs/ and the JSON Schema of the configuration.
 *
 *   npm run generate                writes them
 *   npm run generate -- --check     writes nothing; names those that are out of date and ends with 1 if there are any
 */
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = join(import.meta.dirname, '../..');

for (const [path, text] of await generatedFiles()) {
  const file = join(root, path);
  if (current(file) === text) continue;
  if (values.check) {
    console.error(`${path} is out of date: npm run generate`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
}

function current(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
