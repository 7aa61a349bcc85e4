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

/** `for InvalidProviderToken since 2026-11-21T14:00:00.000Z (5m)`, or `by its fuse: BadDeviceToken since …`. */
export function parkedSince({ kind, reason, since }: ParkedApp, now: number): string {
  return `${kind === 'fuse' ? 'by its ' : 'for '}${parkedReason({ kind, reason })} since ${new Date(since).toISOString()} (${timeText(now - since)})`;
}

/** `InvalidProviderToken`, or `fuse: BadDeviceToken` where most pushkeys were answered so. */
export function parkedReason({ kind, reason }: Pick<ParkedApp, 'kind' | 'reason'>): string {
  return `${kind === 'fuse' ? 'fuse: ' : ''}${plainText(reason, 40)}`;
}
