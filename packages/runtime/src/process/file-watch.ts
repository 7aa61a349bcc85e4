import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { maxSettingFileBytes } from '@carillon/core';

/**
 * Notices that the content of files has changed, however that was done: written in place, renamed over, or behind a
 * symbolic link that points elsewhere (so Kubernetes replaces Secrets). Files are looked at rather than watched,
 * since `fs.watch` misses the last two, and everything on network file systems.
 */
export interface FileWatch {
  /**
   * The files whose content has changed since this function last named them. A file that is just
   * being changed is named by the next look at the earliest, so that nobody reads half of it. Never rejects.
   */
  changed(): Promise<readonly string[]>;
}

interface Known {
  /** Of what was acted upon. */
  digest: string;
  /** What `stat` said then: where it says the same, nothing is read. */
  mark: string;
  /** What `stat` said at the last look, where that was something new. */
  unsettled?: string;
}

/** Several watches that look at the same time look at a file once, however many of them watch it. */
export interface FileWatcher {
  /** Resolves when the files have been looked at for the first time: to be awaited before they are used. */
  watch(files: readonly string[]): Promise<FileWatch>;
}

export function createFileWatcher(): FileWatcher {
  const looks = new Map<string, Promise<string>>();

  function look(file: string): Promise<string> {
    const begun = looks.get(file) ?? markOf(file).finally(() => looks.delete(file));
    looks.set(file, begun);
    return begun;
  }

  return { watch: (files) => watchFiles(files, look) };
}

async function watchFiles(
  files: readonly string[],
  look: (file: string) => Promise<string>,
): Promise<FileWatch> {
  const known = new Map<string, Known>();
  for (const file of new Set(files)) {
    const mark = await look(file);
    known.set(file, { digest: await digestOf(file, mark), mark });
  }

  async function hasChanged(file: string, state: Known): Promise<boolean> {
    const mark = await look(file);
    if (mark === state.mark) {
      delete state.unsettled;
      return false;
    }
    if (mark !== state.unsettled) {
      state.unsettled = mark;
      return false;
    }
    delete state.unsettled;
    const digest = await digestOf(file, mark);
    state.mark = mark;
    if (digest === state.digest) return false;
    state.digest = digest;
    return true;
  }

  return {
    async changed() {
      const looked = [...known].map(async ([file, state]) => ((await hasChanged(file, state)) ? [file] : []));
      return (await Promise.all(looked)).flat();
    },
  };
}

/** Changes with every change of the file. What no reader of settings would read has no content to follow. */
async function markOf(file: string): Promise<string> {
  try {
    const stats = await stat(file, { bigint: true });
    const { dev, ino, size, mtimeNs, ctimeNs } = stats;
    const isRead = stats.isFile() && size <= maxSettingFileBytes;
    return isRead ? [dev, ino, size, mtimeNs, ctimeNs].join(' ') : notAFile;
  } catch (error) {
    return codeOf(error);
  }
}

const notAFile = 'not a file';

async function digestOf(file: string, mark: string): Promise<string> {
  if (mark === notAFile) return mark;
  try {
    return createHash('sha256')
      .update(await readFile(file))
      .digest('base64');
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  throw error;
}
