import type { Way } from '@carillon/hops';
import { markOf, type Mark } from '../terminal/colours.ts';
import { plainText } from '../terminal/plain-text.ts';
import { timeText } from '../terminal/time-text.ts';
import { hopText } from './hop-text.ts';
import { momentText } from './time.ts';
import { verdictOf, type Verdict } from './verdict.ts';

/** A way with what is to be said about it besides its hops. */
export interface ToldWay {
  readonly way: Way;
  readonly notes: readonly string[];
}

const marks: Readonly<Record<Verdict, Mark>> = {
  delivered: 'good',
  ended: 'bad',
  waiting: 'waiting',
  unknown: 'unknown',
};

/** The text for a terminal. */
export function waysText(ways: readonly ToldWay[], notes: readonly string[], coloured: boolean): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const events = new Set(ways.map(({ way }) => way.event)).size;
  const pushes = ways.length === 1 ? '1 push' : `${ways.length} pushes`;
  const devices = ways.length === 1 ? '1 device' : `${ways.length} devices`;
  const told = events > 1 ? `${pushes} of ${events} events` : devices;
  const top = ways.length === 0 ? 'Nothing is known of such a push' : `${told}; times are of ${zone}`;
  return [
    `${top}.`,
    ...ways.flatMap((way) => ['', ...wayLines(way, events > 1, coloured)]),
    ...(notes.length > 0 ? ['', ...notes.map(noteLine)] : []),
    '',
  ].join('\n');
}

/** The fingerprint of a pushkey: the same for the same pushkey as long as the key of the fingerprints is. */
export function pushkeyText(pushkey: number | undefined): string | undefined {
  return printText(pushkey, 10);
}

/** That of an event. */
export function eventText(event: number | undefined): string | undefined {
  return printText(event, 12);
}

function printText(print: number | undefined, digits: number): string | undefined {
  return print === undefined ? undefined : `#${print.toString(16).padStart(digits, '0')}`;
}

function wayLines({ way, notes }: ToldWay, tellsEvent: boolean, coloured: boolean): string[] {
  const { verdict } = verdictOf(way);
  const [first] = way.hops;
  const app = way.hops.find((hop) => hop.app !== undefined)?.app;
  const lane = way.hops.find((hop) => hop.lane !== undefined)?.lane;
  const names = [
    app === undefined ? 'no app' : plainText(app),
    ...(lane === undefined ? [] : [`lane ${lane}`]),
    ...(way.pushkey === undefined ? [] : [`pushkey ${pushkeyText(way.pushkey)}`]),
    ...(tellsEvent && way.event !== undefined ? [`event ${eventText(way.event)}`] : []),
  ];
  const hops = way.hops.map((hop, index) => {
    const since = index === 0 || first === undefined ? '' : `+${timeText(Math.max(0, hop.at - first.at))}`;
    return `  ${momentText(hop.at)}  ${since.padStart(12)}  ${hopText(hop, way)}`;
  });
  return [`${markOf(marks[verdict], coloured)} ${names.join(', ')}`, ...hops, ...notes.map(noteLine)];
}

function noteLine(note: string): string {
  return `  → ${plainText(note, 600)}`;
}
