import type { HopPrints } from './chunk-reader.ts';
import { traceIndexes, type Fingerprints, type TraceIndex } from './fingerprints.ts';

/** What an operator knows of a push. All of it has to be true of a hop. */
export interface HopQuestion {
  /** The event id, or what a homeserver of the protocol's first draft sent as `id`. */
  readonly eventKey?: string;
  /** The spellings of one pushkey. */
  readonly pushkeys?: readonly string[];
  readonly room?: string;
  readonly sender?: string;
  /** Milliseconds since 1970: only what came to the door between them. */
  readonly since?: number;
  readonly until?: number;
  /** How long the search may take. */
  readonly withinMs: number;
}

/** A question in the words of one key's fingerprints. */
export interface HopSearch {
  /** Whether a hop that knows its event is asked for, whatever its pushkey. */
  matches(prints: HopPrints): boolean;
  /** Whether a pushkey is asked for; every one is if the question names none. */
  isPushkey(pushkey: number | undefined): boolean;
  /** The indexes that it needs. */
  readonly needs: readonly TraceIndex[];
  /** The event is kept at every sampling level up to this one; without an event, what is sampled at all is not complete. */
  readonly keptUpTo: number;
}

export function createHopSearch(question: HopQuestion, fingerprints: Fingerprints): HopSearch {
  const { eventKey, pushkeys, since = 0, until = Infinity } = question;
  const event = eventKey === undefined ? undefined : { ...fingerprints.event(eventKey) };
  const phones = pushkeys && new Set(pushkeys.map((pushkey) => fingerprints.pushkey(pushkey)));
  const names = traceIndexes.flatMap((index) => {
    const name = question[index];
    return name === undefined ? [] : { index, print: fingerprints.named(index, name) };
  });
  const isPushkey = (pushkey: number | undefined): boolean =>
    phones === undefined || (pushkey !== undefined && phones.has(pushkey));

  return {
    matches(prints) {
      if (prints.event === undefined || prints.at < since || prints.at > until) return false;
      // Of an event, all devices are read: their number tells an unknown event from an unknown pushkey.
      if (event !== undefined) {
        if (prints.event !== event.print) return false;
      } else if (!isPushkey(prints.pushkey)) return false;
      return names.every(({ index, print }) => prints[index] === print);
    },
    isPushkey,
    needs: names.map(({ index }) => index),
    keptUpTo: event?.keptUpTo ?? 0,
  };
}
