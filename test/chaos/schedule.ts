import { faultNames, faultOf, type Fault, type FaultName } from './faults.ts';
import { seededRandom } from './random.ts';

/** A fault that shall happen again and again. */
export interface WantedFault {
  readonly name: FaultName;
  /** Seconds. */
  readonly every: number;
  readonly lasts: number;
}

export interface PlannedFault {
  readonly name: FaultName;
  readonly fault: Fault;
  /** Which of the two processes, where there are two. */
  readonly which: 0 | 1;
  /** Milliseconds after the start of the load. */
  readonly at: number;
  readonly until: number;
}

/** Seconds. */
const shortestPeriod = 0.2;

/** Reads `NAME[:EVERY[:LASTS]],…`, in seconds, such as `worker-kill:2,redis-away:60:35`; `all` is every fault. */
export function readWantedFaults(text: string): readonly WantedFault[] {
  const names = text === 'all' ? [...faultNames] : text.split(',').filter((part) => part !== '');
  return names.map((part) => {
    const [name = '', every, lasts] = part.split(':');
    if (!isFaultName(name)) throw new Error(`--faults: "${name}" is none of ${faultNames.join(', ')}`);
    const usual = faultOf(name);
    return {
      name,
      every: Math.max(shortestPeriod, seconds(part, every) ?? usual.every),
      lasts: seconds(part, lasts) ?? usual.lasts,
    };
  });
}

/**
 * When which fault happens: the same for the same seed, duration and wishes. Each comes about every `every` seconds, up
 * to a quarter sooner or later. Those of one target never overlap: whose turn it is less often goes first, and the other is left out. All
 * are over when the load ends.
 */
export function planFaults(
  seed: number,
  durationMs: number,
  wanted: readonly WantedFault[],
): readonly PlannedFault[] {
  const random = seededRandom(seed);
  const candidates: { readonly turn: number; readonly planned: PlannedFault }[] = [];
  for (const { name, every, lasts } of wanted.toSorted((a, b) => b.every - a.every)) {
    const fault = faultOf(name);
    const [everyMs, lastsMs] = [every * 1_000, lasts * 1_000];
    let at = Math.min(everyMs * (0.25 + 0.75 * random()), Math.max(0, durationMs - lastsMs - 1_000));
    for (let turn = 0; at + lastsMs < durationMs; turn++) {
      const which = random() < 0.5 ? 0 : 1;
      const planned = { name, fault, which, at: Math.round(at), until: Math.round(at + lastsMs) } as const;
      candidates.push({ turn, planned });
      at += everyMs * (0.75 + 0.5 * random());
    }
  }
  const planned: PlannedFault[] = [];
  for (const { planned: next } of candidates.toSorted((a, b) => a.turn - b.turn)) {
    if (!planned.some((other) => overlap(other, next))) planned.push(next);
  }
  return planned.toSorted((a, b) => a.at - b.at);
}

/** Where it happens: `redis`, `provider`, or one of two processes, such as `worker 2`. */
export function placeOf({ fault: { target }, which }: PlannedFault): string {
  return target === 'worker' || target === 'ingress' ? `${target} ${which + 1}` : target;
}

function overlap(a: PlannedFault, b: PlannedFault): boolean {
  return placeOf(a) === placeOf(b) && a.at <= b.until && b.at <= a.until;
}

function isFaultName(name: string): name is FaultName {
  return (faultNames as readonly string[]).includes(name);
}

function seconds(part: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text === '' || !(number >= 0)) throw new Error(`--faults: "${part}" wants seconds, not "${text}"`);
  return number;
}
