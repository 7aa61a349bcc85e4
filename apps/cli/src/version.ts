import { readFileSync } from 'node:fs';

/** The version of Carillon, from the package of its command. */
export function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version; // our own file
}
