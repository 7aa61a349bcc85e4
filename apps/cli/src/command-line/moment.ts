import { duration } from '@carillon/core';
import { usageError } from './options.ts';

/**
 * Milliseconds since 1970 of a time as an operator writes it: how long ago (`2h`), the time of day (`14:03`, the last
 * that was), or a date with it (`2026-11-21 14:03`, of this machine's time zone unless it names one). Throws a usage error.
 */
export function momentOf(command: string, option: string, text: string, now: number): number {
  const ago = duration({ atLeast: '1s', atMost: '365d' }).safeParse(text);
  if (ago.success) return now - ago.data;
  const clock = /^(\d{1,2}:\d{2}(?::\d{2})?)$/.exec(text)?.[1];
  const at = clock === undefined ? dateOf(text) : lastAt(clock, now);
  if (at === undefined || Number.isNaN(at))
    throw usageError(
      command,
      `${option} ${text} is no time`,
      "write how long ago (2h), a time of day (14:03) or a date and time ('2026-11-21 14:03')",
    );
  return at;
}

function dateOf(text: string): number | undefined {
  const parts =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  if (parts === null) return undefined;
  const [, day, clock = '00:00', zone = ''] = parts;
  return new Date(`${day}T${clock}${zone}`).getTime();
}

/** Today, or yesterday if that is still to come. */
function lastAt(clock: string, now: number): number {
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number);
  if (hours > 23 || minutes > 59 || seconds > 59) return Number.NaN;
  const date = new Date(now);
  date.setHours(hours, minutes, seconds, 0);
  if (date.getTime() > now) date.setDate(date.getDate() - 1);
  return date.getTime();
}
