import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** What stands in a file that a setting names, or what the file is or does instead. */
export type SettingFile =
  | { readonly ok: true; readonly content: Buffer }
  | {
      readonly ok: false;
      readonly reason: string;
      /** Where the file is there, and it is not about what stands in it. */
      readonly cure?: string;
    };

/** Many times what any key, bundle of certificates or configuration has. */
export const maxSettingFileBytes = 1_048_576;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  ENXIO: 'is no regular file',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
};

/**
 * Reads a file that the configuration names. Only regular files of at most 1 MiB are read: a device never ends, and a
 * pipe may never begin. All readers of such files come here. Never throws.
 */
export function readSettingFile(path: string): SettingFile {
  let file: number | undefined;
  try {
    // Without O_NONBLOCK, to open a pipe would wait for somebody who writes into it.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    if (stats.isDirectory()) return { ok: false, reason: 'is a directory' };
    if (!stats.isFile()) return { ok: false, reason: 'is no regular file' };
    const content = readUpTo(file, maxSettingFileBytes + 1);
    return content.length > maxSettingFileBytes
      ? { ok: false, reason: 'is larger than 1 MiB' }
      : { ok: true, content };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const isForbidden = code === 'EACCES' || code === 'EPERM';
    return {
      ok: false,
      reason: reasons[code] ?? `cannot be read (${code})`,
      ...(isForbidden && { cure: 'let the user that Carillon runs as read it and enter its folder' }),
    };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** By reading, since some files say less of their size than they hold. */
function readUpTo(file: number, maxBytes: number): Buffer {
  const chunks: Buffer[] = [];
  for (let left = maxBytes; left > 0;) {
    const chunk = Buffer.alloc(Math.min(left, 65_536));
    const bytes = readSync(file, chunk);
    if (bytes === 0) break;
    chunks.push(chunk.subarray(0, bytes));
    left -= bytes;
  }
  return Buffer.concat(chunks);
}
