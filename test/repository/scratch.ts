import { chmod, cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './root.ts';

export interface Scratch extends AsyncDisposable {
  readonly path: string;
  /** Writes a file, its folders included. */
  write(name: string, content: string): Promise<void>;
  /** Writes a program that can be started. */
  writeProgram(name: string, content: string): Promise<void>;
  /** Copies files or folders of the repository to the same place here. */
  copy(...names: string[]): Promise<void>;
}

/** An empty folder that goes at the end of the test. */
export async function scratch(): Promise<Scratch> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'carillon-test-')));
  const write = async (name: string, content: string) => {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  };
  return {
    path,
    write,
    async writeProgram(name, content) {
      await write(name, content);
      await chmod(join(path, name), 0o755);
    },
    async copy(...names) {
      for (const name of names) await cp(join(root, name), join(path, name), { recursive: true });
    },
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}
