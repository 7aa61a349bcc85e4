import type { ParkedApp, ParkKind } from '@carillon/queue';
import { plainText } from '../terminal/plain-text.ts';
import { timeText } from '../terminal/time-text.ts';

/** `parked` waits for the operator; `held`, by the breaker, ends by itself. */
export const parkWords: Readonly<Record<ParkKind, 'parked' | 'held'>> = {
  misconfigured: 'parked',
  fuse: 'parked',
  outage: 'held',
};

/** What an app is whose deliveries wait: `parked`, or `held while its provider is in trouble`. */
export function parkedText({ kind }: Pick<ParkedApp, 'kind'>): string {
  return kind === 'outage' ? `${parkWords[kind]} while its provider is in trouble` : parkWords[kind];
}

/** `for InvalidProviderToken since 2026-11-21T14:00:00.000Z (5m)`, or `by its fuse since …`. */
export function parkedSince({ kind, reason, since }: ParkedApp, now: number): string {
  const why = kind === 'fuse' ? 'by its fuse' : `for ${plainText(reason)}`;
  return `${why} since ${new Date(since).toISOString()} (${timeText(now - since)})`;
}
