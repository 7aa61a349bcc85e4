import type { Lane } from '@carillon/core';
import type { Backlog, PutOff } from '@carillon/queue';
import { plainText } from '../terminal/plain-text.ts';
import { timeText } from '../terminal/time-text.ts';
import type { AppState } from './app-states.ts';

/** From here on something is wrong, unless the app is paused, parked or held. Calls are worth nothing after 30 s. */
export const lateMs: Readonly<Record<Lane, number>> = { calls: 10_000, high: 60_000, low: 300_000 };

/** Lanes of which a provider has put deliveries off for too long; none while something else is the cause. */
export function putOffLanes({ lanes, parked }: AppState, now: number): readonly LaneOfPutOff[] {
  if (parked !== undefined) return [];
  return lanes.flatMap(({ lane, later }) =>
    later !== undefined && now - later.oldestAt > lateMs[lane] ? [{ lane, later }] : [],
  );
}

export interface LaneOfPutOff {
  readonly lane: Lane;
  readonly later: PutOff;
}

/** `its provider has put off 513 in the lane high, the oldest for 3m 10s, most of them as RESOURCE_EXHAUSTED`. */
export function putOffText({ lane, later }: LaneOfPutOff, now: number): string {
  const { count, oldestAt, reason } = later;
  const most = count === 1 ? 'as' : 'most of them as';
  return `its provider has put off ${count} in the lane ${lane}, the oldest for ${timeText(now - oldestAt)}, ${most} ${plainText(reason, 60)}`;
}

export const putOffCure = 'they are tried again by themselves; docs/outcomes.md has the reason with its cure';

/** When the oldest was accepted of those that wait or were put off, milliseconds since 1970. */
export function oldestOf({ oldestAt, later }: Pick<Backlog, 'oldestAt' | 'later'>): number | undefined {
  const oldest = Math.min(oldestAt ?? Infinity, later?.oldestAt ?? Infinity);
  return oldest === Infinity ? undefined : oldest;
}
