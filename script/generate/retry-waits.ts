import { decideRetry, type Backoff } from '@carillon/core';
import { markdownTable } from './markdown-table.ts';

/** When each kind of wait is used; the waits themselves are asked of the retry policy. */
const uses: Readonly<Record<Backoff, string>> = {
  connection: 'the connection failed, not the provider',
  throttled: 'the provider wants less',
  outage: 'the provider has a fault, or Apple enough of one device',
};

const tries = [1, 2, 3, 4, 5];
/** So many tries that the wait grows no more. */
const manyTries = 20;

/** The waits before the next tries, as ranges: from no luck to all of it. */
export function retryWaits(): string {
  return markdownTable(
    ['wait', 'when', ...tries.map((count) => `after try ${count}`), 'at most'],
    Object.entries(uses).map(([backoff, use]) => [
      `\`${backoff}\``,
      use,
      ...[...tries, manyTries].map((count) => range(backoff as Backoff, count)), // the keys of `uses`
    ]),
  );
}

function range(backoff: Backoff, count: number): string {
  return `${duration(waitMs(backoff, count, 0))}–${duration(waitMs(backoff, count, 1))}`;
}

function waitMs(backoff: Backoff, count: number, random: number): number {
  const decision = decideRetry({ backoff, tries: count, now: 0, expiresAt: Infinity, random });
  if (decision.kind === 'expired') throw new Error('What never expires has expired');
  return decision.at;
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  return `${Number((seconds / 60).toFixed(1))} min`;
}
