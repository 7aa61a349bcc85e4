import type { Provider } from './phones.ts';

/**
 * What was promised and what rang, event by event. An event goes to one phone. It is
 *
 *   asked       a homeserver has sent it, perhaps several times
 *   promised    one of its requests was answered 200: it must ring, or its phone is dead
 *   rung        the provider took it, once or more
 */
export interface Ledger {
  asked(event: string, to: Addressee): void;
  /** Answered 200; `rejected` when the answer names its pushkey. */
  promised(event: string, rejected: boolean, at: number): void;
  /** It was never sent: by then its pusher was deleted. */
  withdrawn(event: string): void;
  rang(event: string, identity: string, at: number): void;
  /** Events promised to living phones that have not rung. */
  missing(): readonly string[];
  /** Milliseconds since 1970 when this event rang for the first time. */
  rungAt(event: string): number | undefined;
  tally(): Tally;
  latencies(provider: Provider, from: 'asked' | 'promised'): Latencies;
}

export interface Addressee {
  readonly provider: Provider;
  /** Its phone was uninstalled: nothing may ring, and the pushkey may be rejected. */
  readonly dead: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Tally {
  readonly asked: number;
  readonly promised: number;
  /** Promised events of living phones that rang. */
  readonly delivered: number;
  /** Rang twice or more, always with the same identity, which lets the second copy replace the first. */
  readonly twins: number;
  /** Rang with two identities: the phone shows both. Must be none. */
  readonly otherIdentity: number;
  /** Rang, though nobody was ever told so: the answer was lost, or the retry still on its way. Harmless. */
  readonly unpromised: number;
  /** Requests whose answer rejected the pushkey of a dead phone. */
  readonly rejected: number;
  /** The same of a living phone: somebody's push would have ended. Must be none. */
  readonly wronglyRejected: number;
}

/** Milliseconds from the homeserver's first try to the ring, or from the answer to it. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

interface Entry extends Addressee {
  promised: boolean;
  promisedAt?: number;
  rungAt?: number;
  identity?: string;
  rings: number;
  otherIdentity: boolean;
}

export function createLedger(): Ledger {
  const entries = new Map<string, Entry>();
  let [rejected, wronglyRejected] = [0, 0];

  const isDelivered = ({ promised, dead, rings }: Entry): boolean => promised && !dead && rings > 0;
  const count = (matches: (entry: Entry) => boolean): number => [...entries.values()].filter(matches).length;

  return {
    asked(event, to) {
      entries.set(event, { ...to, promised: false, rings: 0, otherIdentity: false });
    },
    promised(event, isRejected, at) {
      const entry = entries.get(event);
      if (entry === undefined) throw new Error(`${event} was answered, but never asked`);
      entry.promised = true;
      entry.promisedAt = at;
      if (!isRejected) return;
      if (entry.dead) rejected += 1;
      else wronglyRejected += 1;
    },
    withdrawn: (event) => void entries.delete(event),
    rang(event, identity, at) {
      const entry = entries.get(event);
      if (entry === undefined) throw new Error(`${event} rang, but was never asked`);
      entry.rings += 1;
      entry.rungAt ??= at;
      entry.identity ??= identity;
      if (entry.identity !== identity) entry.otherIdentity = true;
    },
    missing: () =>
      [...entries].filter(([, one]) => one.promised && !one.dead && one.rings === 0).map(([event]) => event),
    rungAt: (event) => entries.get(event)?.rungAt,
    tally: () => ({
      asked: entries.size,
      promised: count(({ promised }) => promised),
      delivered: count(isDelivered),
      twins: count(({ rings, otherIdentity }) => rings > 1 && !otherIdentity),
      otherIdentity: count(({ otherIdentity }) => otherIdentity),
      unpromised: count(({ promised, rings }) => !promised && rings > 0),
      rejected,
      wronglyRejected,
    }),
    latencies(provider, from) {
      const times = [...entries.values()]
        .filter((entry) => entry.provider === provider && entry.rungAt !== undefined)
        .map(({ at, promisedAt = at, rungAt = at }) =>
          Math.max(0, rungAt - (from === 'asked' ? at : promisedAt)),
        )
        .toSorted((a, b) => a - b);
      const part = (share: number): number =>
        times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
      return { p50: part(0.5), p99: part(0.99), slowest: part(1) };
    },
  };
}
