import type { Config } from '@carillon/runtime';
import { configuredPages } from '../top/ops-pages.ts';
import { checked, type CheckedFinding, type Finding } from './finding.ts';

/** What lives answers within milliseconds. */
const patienceMs = 3_000;

/**
 * Looks for a process of this configuration that is there and answers nothing: it is frozen, and what another one took over from
 * it shows nowhere else. One that is not there may run on another machine, and is none of this. Never rejects.
 */
export async function checkProcesses(config: Config): Promise<readonly CheckedFinding[]> {
  const hosts = configuredPages(config).map(({ host }) => host);
  const findings = await Promise.all(hosts.map(judgeProcess));
  return checked('workers', findings.flat());
}

async function judgeProcess(host: string): Promise<readonly Finding[]> {
  try {
    const answer = await fetch(`http://${host}/health`, { signal: AbortSignal.timeout(patienceMs) });
    await answer.body?.cancel();
    return [];
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'TimeoutError') return [];
    return [
      {
        kind: 'bad',
        what: `the process at ${host}`,
        detail: `takes connections and answers nothing for ${patienceMs / 1_000} s`,
        cure: 'it is frozen, swapped out or starved: see its machine, or restart it; what it had in flight goes out through others',
        exit: 'unavailable',
      },
    ];
  }
}
