import { registrationKey, type Delivered, type Delivery, type Misconfigured } from '@carillon/core';
import {
  registrationOf,
  type Clearance,
  type Doubt,
  type FuseCounts,
  type FuseStore,
  type ParkCause,
  type Rejections,
  type Shards,
  type Suspicion,
} from '@carillon/queue';
import { createOriginSuspects } from './origin-suspects.ts';
import { createSuspectRows, type PlacedSuspicion } from './suspect-rows.ts';

/**
 * One worker's part of an app's fuse (invariants 7 and 15): gathers between ticks what speaks for and against a mistake
 * of ours, hands it in, and records the suspects that the fuse lets through.
 */
export interface AppFuse {
  /** `by`: what says whether it speaks for the app, or for its push service alone. */
  accepted(delivery: Delivery, sentAt: number, by?: Pick<Delivered, 'origin' | 'aside'>): void;
  suspect(delivery: Delivery, suspicion: NewSuspicion): void;
  /** An answer that may be the fault of this registration alone, or of the whole app. */
  doubt(delivery: Delivery, outcome: Misconfigured, sentTo: SentTo): void;
  /** Whether a provider has ever accepted a push of the app, so that there are known registrations to judge by. */
  knowsAnyone(): boolean;
  /** Whether so many suspects are strangers' that another one is not worth keeping a delivery for. */
  isCrowded(): boolean;
  /** To be called every second or so. Resolves to why the app is to be parked, if it is. */
  tick(now: number): Promise<ParkCause | undefined>;
  /** Hands in what is left, if there is anything: the worker leaves the app. */
  end(now: number): Promise<void>;
  /** The app is parked: what is suspected meanwhile is our own mistake. */
  voidSuspects(): Promise<void>;
}

/** When a push was sent, milliseconds since 1970, and whether its registration was known. */
export interface SentTo {
  readonly sentAt: number;
  readonly known: boolean;
}

export interface NewSuspicion extends SentTo {
  /** The provider's word. */
  readonly reason: string;
  readonly since: number | undefined;
  /** What would mend it if it were a mistake of ours. */
  readonly cure: string | undefined;
  readonly sent: boolean;
  /** Whose trouble it may be, where it says nothing of the app. */
  readonly origin?: string | undefined;
}

export interface AppFuseOptions {
  readonly app: string;
  readonly shards: Shards;
  readonly store: FuseStore;
  readonly rejections: Rejections;
  readonly windowMs: number;
  readonly recorded: (app: string, reason: string) => void;
  /** Whether the app is parked for a mistake of ours: then nothing is suspected. */
  readonly isParked: () => boolean;
}

/**
 * Accepted pushes are handed in when there are so many registrations, or after this part of a window: only suspects and doubts are
 * judged by them, and the worker that brings one brings with it what it knows that speaks against it. So a tick costs nothing where all is well.
 */
const manySuccesses = 1_000;
const restShare = 1 / 40;
/** Registrations remembered between two ticks, to clear suspects by; bounded (invariant 13). */
const rememberedSuccesses = 20_000;
/** What waits for the fuse because of strangers: a wave of them takes no more room on the queue. */
const crowd = 1_000;

export function createAppFuse(options: AppFuseOptions): AppFuse {
  const { app, shards, store, rejections, recorded, isParked } = options;
  let lastAcceptedAt: number | undefined;
  let answers = 0; // accepted ones so far: suspects between the same two are in one row
  let suspects: PlacedSuspicion[] = [];
  let doubts: Doubt[] = [];
  let succeeded = new Map<string, Success>();
  let handedInAt = 0;
  const rows = createSuspectRows();
  const ofOrigins = createOriginSuspects();
  const words = new Map<string, number>(); // what the provider said of suspects since the last wave
  const cures = new Map<string, string>();
  let waiting = true; // until the first tick says otherwise: an earlier worker may have left some
  let strangers = 0;
  let knowsAnyone = true; // until the first tick says otherwise

  function forgetSuspects(): void {
    suspects = [];
    doubts = [];
    rows.forget();
  }

  async function record(due: readonly Suspicion['registration'][]): Promise<void> {
    for (const registration of due) {
      await rejections.recordRegistration(app, registration);
      recorded(app, 'suspect');
    }
  }

  function mostSaid(): string {
    const [most] = [...words].toSorted(([, a], [, b]) => b - a);
    return most?.[0] ?? 'unknown';
  }

  return {
    accepted(delivery, sentAt, { origin, aside = false } = {}) {
      if (origin !== undefined) ofOrigins.accepted(origin);
      if (!aside) {
        answers += 1;
        lastAcceptedAt = Math.max(lastAcceptedAt ?? 0, sentAt);
      }
      const name = nameOf(delivery);
      if (succeeded.size < rememberedSuccesses || succeeded.has(name))
        succeeded.set(name, { delivery, aside, sentAt: Math.max(sentAt, succeeded.get(name)?.sentAt ?? 0) });
    },
    suspect(delivery, { sentAt, known, sent, since, reason, cure, origin }) {
      const suspicion = {
        registration: registrationOf(delivery, shards, since ?? sentAt),
        number: numberOf(nameOf(delivery)),
        sentAt,
        known,
        sent,
      };
      if (origin !== undefined) return ofOrigins.suspect(origin, suspicion);
      suspects.push({ ...suspicion, row: answers });
      words.set(reason, (words.get(reason) ?? 0) + 1);
      if (cure !== undefined) cures.set(reason, cure);
    },
    doubt(delivery, { reason, cure, sent }, { sentAt, known }) {
      const registration = registrationOf(delivery, shards, 0);
      doubts.push({ registration, number: numberOf(nameOf(delivery)), reason, sentAt, known, sent });
      cures.set(reason, cure);
    },
    knowsAnyone: () => knowsAnyone,
    isCrowded: () => knowsAnyone && strangers >= crowd,
    async tick(now) {
      if (isParked()) forgetSuspects();
      // They say nothing of the app: they wait like a stranger's.
      for (const one of ofOrigins.takeAlone())
        suspects.push({ ...one, known: false, sent: false, row: answers });
      return isDue(now) ? handIn(now) : undefined;
    },
    async end(now) {
      // What others left waiting is for the workers that stay.
      if (suspects.length + doubts.length + succeeded.size > 0) await handIn(now);
    },
    async voidSuspects() {
      forgetSuspects();
      await store.voidSuspects(app);
    },
  };

  function isDue(now: number): boolean {
    if (waiting || suspects.length > 0 || doubts.length > 0) return true;
    if (succeeded.size === 0) return false;
    return (
      !knowsAnyone || succeeded.size >= manySuccesses || now - handedInAt >= options.windowMs * restShare
    );
  }

  async function handIn(now: number): Promise<ParkCause | undefined> {
    const counts = { lastAcceptedAt, suspects, doubts, rows: rows.ended(suspects, answers) };
    const successes = succeeded;
    lastAcceptedAt = undefined;
    suspects = [];
    doubts = [];
    succeeded = new Map();
    // Hashing every success would cost more than it is worth while nothing waits to be cleared.
    const cleared = (): Clearance[] =>
      [...successes.values()].map(({ delivery, sentAt }) => ({
        key: registrationKey(delivery.device),
        sentAt,
      }));
    const knewOfSuspects = waiting || counts.suspects.length > 0;
    let verdict;
    try {
      const accepted = [...successes].filter(([, { aside }]) => !aside).map(([name]) => numberOf(name));
      verdict = await store.tick(app, { ...counts, accepted, cleared: knewOfSuspects ? cleared() : [] }, now);
    } catch (error) {
      // Handed in again with the next tick.
      lastAcceptedAt = Math.max(lastAcceptedAt ?? 0, counts.lastAcceptedAt ?? 0) || undefined;
      suspects = [...counts.suspects, ...suspects];
      doubts = [...counts.doubts, ...doubts];
      succeeded = new Map([...successes, ...succeeded]);
      throw error;
    }
    handedInAt = now;
    await record(verdict.due);
    if (!knewOfSuspects && verdict.suspectsWaiting > 0 && successes.size > 0) {
      verdict = await store.tick(app, { ...nothingSeen, cleared: cleared() }, now);
      await record(verdict.due);
    }
    waiting = verdict.suspectsWaiting > 0;
    strangers = verdict.strangersWaiting;
    knowsAnyone = verdict.knowsAnyone;
    if (verdict.provenDoubt !== undefined)
      return {
        kind: 'misconfigured',
        reason: verdict.provenDoubt,
        cure: cures.get(verdict.provenDoubt) ?? '',
      };
    if (!verdict.tripped) return undefined;
    const said = mostSaid();
    words.clear();
    return { kind: 'fuse', reason: said, cure: cures.get(said) ?? noCure };
  }
}

interface Success {
  readonly delivery: Delivery;
  readonly sentAt: number;
  /** It clears its own suspicion, and speaks against no other. */
  readonly aside: boolean;
}

const nothingSeen: Omit<FuseCounts, 'cleared'> = {
  lastAcceptedAt: undefined,
  accepted: [],
  suspects: [],
  doubts: [],
  rows: [],
};

/** Where the answer alone does not tell what is wrong. */
const noCure =
  'See what changed last in the settings of the app, or in the app itself; `carillon check` tries them.';

/** Tells registrations apart without the cost of their hash. */
function nameOf({ device: { pushkey, address = '' } }: Delivery): string {
  return address === '' ? pushkey : `${pushkey} ${address}`;
}

/** FNV-1a: tells registrations apart well enough to count them, and costs less than a hash that nobody can reverse. */
function numberOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++)
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
