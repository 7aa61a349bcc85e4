import { readSettingFile } from '@carillon/core';

export type TextFile =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** Reads a small file of text; what goes wrong is told as what the file is or does. */
export function readTextFile(path: string): TextFile {
  const file = readSettingFile(path);
  if (!file.ok) return file;
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(file.content) };
  } catch {
    return { ok: false, reason: 'is not UTF-8' };
  }
}
