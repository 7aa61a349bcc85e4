import { OperatorError } from '../../process/operator-error.ts';
import { readTextFile } from './text-file.ts';

/**
 * Reads a secret that the configuration keeps in a file, without the newline that editors leave at the end.
 * Throws an `OperatorError` that names the key, never the content.
 */
export function readSecretFile({ key, path }: { readonly key: string; readonly path: string }): string {
  const file = readTextFile(path);
  const problem = (what: string) =>
    new OperatorError(`The file of ${key} (${path}) ${what}`, {
      cure: 'write the secret into it, or name another file',
      exit: 'configuration',
    });
  if (!file.ok) throw problem(file.reason);
  const secret = file.text.replace(/\r?\n$/, '');
  if (secret === '') throw problem('is empty');
  if (/[\r\n]/.test(secret)) throw problem('has more than one line');
  return secret;
}
