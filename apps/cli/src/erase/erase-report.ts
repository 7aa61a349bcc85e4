import type { FoundHops } from '@carillon/hops';
import type { DeliveryState } from '@carillon/queue';
import type { Config } from '@carillon/runtime';
import { plainText } from '../terminal/plain-text.ts';
import { timeText } from '../terminal/time-text.ts';
import { momentText } from '../trace/time.ts';
import { isNothing, type Stored } from './stored-of.ts';

const states: Readonly<Record<DeliveryState, string>> = {
  waiting: 'waiting',
  delayed: 'waiting for a later try',
  in_flight: 'being sent',
  dead_letter: 'among the dead letters',
};

/** What there is, app by app. */
export function storedText(stored: Stored, dryRun: boolean): string {
  if (isNothing(stored)) return 'Nothing is stored that can be erased.\n';
  const does = dryRun ? 'Would be erased' : 'Erased';
  return `${[`${does}:`, ...linesOf(stored)].join('\n')}\n`;
}

/** What a second look has found. */
export function leftText(stored: Stored): string {
  const lines = isNothing(stored)
    ? ['Looked again: nothing of it is left.']
    : ['Looked again, and found:', ...linesOf(stored), '  → run this again'];
  if (stored.unreadable > 0)
    lines.push(
      `${stored.unreadable} stored deliveries cannot be decoded, so nobody can tell whose they are: \`carillon dead\` shows them`,
    );
  return lines.join('\n');
}

/** A worker that has a send under way acts on its answer after the last look. */
export function beingSentText(count: number): readonly string[] {
  if (count === 0) return [];
  return [
    `${count} of it ${count === 1 ? 'was' : 'were'} being sent: the phone may still get ${count === 1 ? 'it' : 'them'}, and a worker may still record what comes of it: a rejection, a suspect, or that the registration is known.`,
    '  → run this again in a minute',
  ];
}

function linesOf({ places, marks }: Stored): readonly string[] {
  const apps = new Set([
    ...places.flatMap(({ delivery }) => delivery?.app ?? []),
    ...marks.map(({ registration }) => registration.app),
  ]);
  return [...apps].map((app) => {
    const own = places.filter(({ delivery }) => delivery?.app === app);
    const counts = [...Map.groupBy(own, ({ state }) => state)].map(
      ([state, some]) => `${some.length} ${states[state]}`,
    );
    const ofApp = marks.flatMap((one) => (one.registration.app === app ? [one.marks] : []));
    const count = (is: (one: (typeof ofApp)[number]) => boolean): number => ofApp.filter(is).length;
    const where = `(${counts.join(', ')})`;
    const things: readonly (readonly [number, string, string?])[] = [
      [own.length, `delivery ${where}`, `deliveries ${where}`],
      [count(({ rejection }) => rejection !== undefined), 'rejection'],
      [count(({ isKnown }) => isKnown), 'known registration'],
      [count(({ suspicion }) => suspicion.sentAt !== undefined), 'suspect'],
      [count(({ suspicion }) => suspicion.doubts.length > 0), 'doubted registration'],
      [ofApp.reduce((sum, { badges }) => sum + badges, 0), 'badge'],
    ];
    const told = things.flatMap(([number, one, more = `${one}s`]) =>
      number === 0 ? [] : [`${number} ${number === 1 ? one : more}`],
    );
    return `  ${plainText(app)}: ${told.join(', ')}`;
  });
}

interface Lasting extends Pick<Config, 'trace' | 'ingress' | 'rejections' | 'apps'> {
  readonly hops: FoundHops | undefined;
}

/** What cannot be erased, why that tells nobody anything, and when it ends. */
export function lastingText({ trace, ingress, rejections, apps, hops }: Lasting): readonly string[] {
  const all = (hops?.ways ?? []).flatMap((way) => way.hops);
  const last = all.reduce((latest, { at }) => Math.max(latest, at), 0);
  const longest = Math.max(0, ...apps.flatMap(({ maxAgeMs }) => [maxAgeMs.high, maxAgeMs.low]));
  return [
    'What cannot be erased, holds no pushkey and ends by itself:',
    ...(all.length === 0
      ? []
      : [
          `  - ${all.length} hops of it in traces, told by keyed fingerprints: until ${momentText(last + trace.keepMs)} (trace.keep)`,
        ]),
    `  - claims of events that were sent, which only their hashes name: ${timeText(ingress.dedupWindowMs)} after each (ingress.dedup_window)`,
    `  - badge updates that were sent, which only their hashes name: ${timeText(longest)} after each (max_age)`,
    `  - the number of registrations that were sent to, as an estimate: ${timeText(2 * rejections.fuse.windowMs)} (rejections.fuse.window)`,
  ];
}
