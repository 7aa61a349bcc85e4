import { readFileSync } from 'node:fs';
import { SettingError } from '@carillon/core';

/** Reads the file that a setting names; a `SettingError` names the setting and the cure, and quotes nothing of it. */
export function readSettingFile(setting: string, file: string, cure: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new SettingError(setting, `${file}: ${why}; ${cure}`, { cause });
  }
}
