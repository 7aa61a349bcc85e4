import { statSync } from 'node:fs';
import type { Finding } from './finding.ts';

const readableByAll = 0o004;

/** Warns of a file with a secret that every user of the machine may read. `path` is undefined for a setting that is not set. */
export function judgeFileMode(what: string, path: unknown): readonly Finding[] {
  if (typeof path !== 'string') return [];
  const { mode = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {}; // that it is missing is told elsewhere
  if ((mode & readableByAll) === 0) return [];
  return [
    {
      kind: 'warning',
      what,
      detail: `${path} may be read by every user of this machine (mode ${(mode & 0o777).toString(8)})`,
      cure: 'take that away (`chmod o-r`; `defaultMode: 0440` of a Kubernetes Secret)',
    },
  ];
}
