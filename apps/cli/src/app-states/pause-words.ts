import { lanes } from '@carillon/core';
import type { Pause } from '@carillon/queue';
import { plainText } from '../terminal/plain-text.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { timeText } from '../terminal/time-text.ts';

/** `its lane calls`, or `its lanes calls, high, low` for a pause of all of them. */
export function pausedLanes({ lane }: Pick<Pause, 'lane'>): string {
  return lane === undefined ? `its lanes ${lanes.join(', ')}` : `its lane ${lane}`;
}

/** The verb to go with `pausedLanes`. */
export function areOrIs({ lane }: Pick<Pause, 'lane'>): string {
  return lane === undefined ? 'are' : 'is';
}

/** `paused by alice@host since 2026-11-21T14:00:00.000Z (5m), for 25m more: maintenance`. */
export function pauseText({ by, since, until, reason }: Pause, now: number): string {
  const ends = until === undefined ? 'until it is resumed' : `for ${timeText(until - now)} more`;
  const why = reason === undefined ? '' : `: ${plainText(reason)}`;
  return `paused by ${plainText(by)} since ${new Date(since).toISOString()} (${timeText(now - since)}), ${ends}${why}`;
}

/** The command that ends it. */
export function resumeLine({ app, lane }: Pick<Pause, 'app' | 'lane'>): string {
  return `carillon apps resume ${shellWord(app)}${lane === undefined ? '' : ` --lane ${lane}`}`;
}
