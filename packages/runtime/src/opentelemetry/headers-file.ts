import { validateHeaderName, validateHeaderValue } from 'node:http';
import { OperatorError } from '../process/operator-error.ts';
import { readTextFile } from '../config/values/text-file.ts';

/**
 * Reads the headers that the collector wants, one `Name: value` a line; blank lines and those that begin with `#` are
 * left out. Throws an `OperatorError` that names file and line, never what stands there.
 */
export function readHeadersFile(path: string): Readonly<Record<string, string>> {
  const problem = (what: string) =>
    new OperatorError(`The file of opentelemetry.headers_file (${path}) ${what}`, {
      cure: 'write one header a line, such as Authorization: Bearer …',
      exit: 'configuration',
    });
  const file = readTextFile(path);
  if (!file.ok) throw problem(file.reason);
  const headers: Record<string, string> = {};
  for (const [index, line] of file.text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim();
    const value = line.slice(colon + 1).trim();
    if (!isHeader(name, value)) throw problem(`has no header in line ${index + 1}`);
    headers[name] = value;
  }
  return headers;
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return value !== '';
  } catch {
    return false;
  }
}
