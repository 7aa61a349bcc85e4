import { readFileSync } from 'node:fs';

export type TextFile =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a directory',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
};

/** Reads a small file; what goes wrong is told as what the file is or does. */
export function readTextFile(path: string): TextFile {
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (error) {
    if (error instanceof TypeError) return { ok: false, reason: 'is not UTF-8' };
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { ok: false, reason: reasons[code] ?? `cannot be read (${code})` };
  }
}
