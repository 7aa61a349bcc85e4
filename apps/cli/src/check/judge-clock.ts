import type { ClockReading } from '@carillon/core';
import type { BadFinding, Finding } from './finding.ts';
import { timeText } from '../terminal/time-text.ts';

/** NTP keeps clocks to milliseconds; from here on, `carillon_delivery_seconds` and the expiry of calls are visibly off. */
const noticeableMs = 5_000;
/** Google refuses assertions that are some five minutes off, and APNs tokens from the future. */
const harmfulMs = 120_000;

export interface Clocks {
  readonly redis: readonly ClockReading[];
  readonly providers: readonly ClockReading[];
}

/** Whether this machine's clock is right, as far as others tell: providers have the right time, Redis perhaps. */
export function judgeClock({ redis, providers }: Clocks): readonly Finding[] {
  const seen = [...redis, ...providers];
  if (seen.length === 0) return [];
  const against = furthest(providers.filter(isOff));
  if (against !== undefined) return [ours(against, 'set it by NTP (chrony, systemd-timesyncd)')];
  const ofRedis = furthest(redis.filter(isOff));
  if (ofRedis === undefined) {
    const names = [...new Set(seen.map((one) => one.of))];
    return [{ kind: 'good', what, detail: `agrees with ${names.join(', ')}` }];
  }
  if (providers.length === 0)
    return [ours(ofRedis, 'one of the two is wrong: set both by NTP (chrony, systemd-timesyncd)')];
  return [
    {
      kind: 'warning',
      what: ofRedis.of,
      detail: `its clock is ${offset(ofRedis.aheadMs)} ours, which agrees with ${providers[0]?.of}`,
      cure: 'set the clock of that machine by NTP: all ages, expiry and tokens go by it',
    },
  ];
}

/** A finding that may come of the clock, once the clock is known to be wrong. */
export function blameClock<Bad extends BadFinding>(finding: Bad): Bad {
  return {
    ...finding,
    cure: 'set the clock of this machine first: this answer comes of a wrong one, too',
    exit: 'unavailable',
  };
}

const what = 'the clock of this machine';

function ours(than: ClockReading, cure: string): Finding {
  const detail = `is ${offset(-than.aheadMs)} that of ${than.of}`;
  return Math.abs(than.aheadMs) - than.uncertainMs > harmfulMs
    ? { kind: 'bad', what, detail, cure, exit: 'unavailable' }
    : { kind: 'warning', what, detail, cure };
}

function isOff({ aheadMs, uncertainMs }: ClockReading): boolean {
  return Math.abs(aheadMs) - uncertainMs > noticeableMs;
}

function furthest(readings: readonly ClockReading[]): ClockReading | undefined {
  return readings.toSorted((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs))[0];
}

function offset(aheadMs: number): string {
  return `${timeText(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
}
