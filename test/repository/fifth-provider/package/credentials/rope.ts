import { readCredentialFile } from '@carillon/sending';

export function readRope(path: string): string {
  return readCredentialFile('rope_file', path, 'give the file that the sexton gave you').trim();
}
