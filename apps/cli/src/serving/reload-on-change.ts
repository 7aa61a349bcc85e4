import { createFileWatcher } from '@carillon/runtime';

/** Of every server that reads the configuration again. */
export const reloadOnChange = {
  'reload-on-change': {
    type: 'boolean',
    help: 'reads the configuration again when its file changes, as for SIGHUP',
  },
} as const;

/** Once a second: Kubernetes itself takes up to a minute to bring a changed ConfigMap into a pod. */
const everyMs = 1_000;

/** Calls `changed` after each change of the file, once it has settled. Disposing of it ends it. */
export async function watchConfig(path: string, changed: () => void): Promise<Disposable> {
  const files = await createFileWatcher().watch([path]);
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return; // a slow disk
    looking = true;
    if ((await files.changed()).length > 0) changed();
    looking = false;
  };
  const timer = setInterval(() => void look(), everyMs); // never rejects
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
