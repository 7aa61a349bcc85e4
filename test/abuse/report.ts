import type { Stretch } from './real-traffic.ts';
import type { Result } from './measure.ts';

/** Results as a table in Markdown, as it stands in docs/abuse.md. */
export function table(results: readonly Result[]): string {
  const rows = results.map(({ attack, measured, misses }) => [
    `\`${attack.name}\``,
    attack.does,
    times(measured.quiet),
    times(measured.during),
    `${measured.during.asked - measured.during.refused - measured.during.silent} of ${measured.during.asked}`,
    times(measured.after),
    megabytes(measured.ingressBytes),
    `${megabytes(measured.redisBytes)} for ${megabytes(measured.sentBytes)}`,
    misses.length === 0 ? 'held' : 'missed',
  ]);
  const head = [
    'attack',
    'what the stranger does',
    'before: p50, p99',
    'during',
    'rung',
    'after',
    'ingress',
    'Redis for bytes sent',
    'bar',
  ];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** What was missed, a line for each; empty for nothing. */
export function missed(results: readonly Result[]): readonly string[] {
  return results.flatMap(({ attack, misses }) => misses.map((miss) => `${attack.name}: ${miss}`));
}

function times({ p50, p99 }: Stretch): string {
  return `${p50} ms, ${p99} ms`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
