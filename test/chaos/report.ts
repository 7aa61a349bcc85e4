import type { Latencies } from './ledger.ts';
import type { ChaosResult } from './run-chaos.ts';

/** Why the run has failed; empty when every promise was kept. */
export function failures({ lost, waiting, deadLetters, tally, troubles }: ChaosResult): readonly string[] {
  const found: readonly (readonly [number, string])[] = [
    [lost.length, `promised deliveries are lost: ${lost.slice(0, 5).join(', ')}`],
    [waiting, 'promised deliveries still wait; give more --patience'],
    [deadLetters, 'deliveries became dead letters'],
    [tally.otherIdentity, 'events rang twice with different identities'],
    [tally.wronglyRejected, 'requests had the pushkey of a living phone rejected'],
    [tally.promised < tally.asked ? tally.asked - tally.promised : 0, 'events were never answered 200'],
    [troubles.length, `processes ended otherwise than asked: ${troubles.join('; ')}`],
  ];
  return found.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
}

/** The result as a table in Markdown. */
export function table(result: ChaosResult): string {
  const { tally, drain, sick, healthy, peakMemory } = result;
  const times = ({ p50, p99, slowest }: Latencies): string =>
    `p50 ${seconds(p50)}, p99 ${seconds(p99)}, slowest ${seconds(slowest)}`;
  const rows: readonly (readonly [string, string | number])[] = [
    ['promised', `${tally.promised} of ${tally.asked} events`],
    ['delivered', tally.delivered],
    ['lost', result.lost.length],
    ['still waiting', result.waiting],
    ['dead letters', result.deadLetters],
    ['twice, same identity', tally.twins],
    ['twice, other identity', tally.otherIdentity],
    ['living pushkeys rejected', tally.wronglyRejected],
    ['dead pushkeys rejected', `${tally.rejected} answers`],
    ['first try to ring, app with faults', times(sick.asked)],
    ['first try to ring, healthy app', times(healthy.asked)],
    ['answer to ring, app with faults', times(sick.promised)],
    ['answer to ring, healthy app', times(healthy.promised)],
    ['tries not answered 200', counts(result.failedTries)],
    ['backlog at the end', backlogOf(drain)],
    [
      'peak memory',
      [...peakMemory].map(([role, bytes]) => `${role} ${Math.round(bytes / 1e6)} MB`).join(', '),
    ],
    ['process starts', result.starts],
  ];
  return ['| what | result |', '| --- | --- |', ...rows.map(([what, is]) => `| ${what} | ${is} |`)].join(
    '\n',
  );
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function counts(of: ReadonlyMap<string, number>): string {
  if (of.size === 0) return 'none';
  return [...of].map(([what, times]) => `${times} × ${what}`).join(', ');
}

function backlogOf({ backlog, mostMs, allMs }: ChaosResult['drain']): string {
  if (backlog === 0) return 'none';
  const rate = Math.round((backlog * 0.9) / Math.max(0.001, mostMs / 1_000));
  return `${backlog}; nine tenths gone in ${seconds(mostMs)} (${rate}/s), all in ${seconds(allMs)}`;
}
