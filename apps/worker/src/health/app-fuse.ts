import { registrationKey, type Delivery, type Misconfigured } from '@carillon/core';
import {
  longRow,
  registrationOf,
  type Doubt,
  type FuseCounts,
  type FuseStore,
  type ParkCause,
  type Rejections,
  type SuspectRow,
  type Suspicion,
} from '@carillon/queue';

/**
 * One worker's part of an app's fuse (invariants 7 and 15): gathers between ticks what speaks for and against a mistake
 * of ours, hands it in, and records the suspects that the fuse lets through.
 */
export interface AppFuse {
  accepted(delivery: Delivery, sentAt: number): void;
  suspect(delivery: Delivery, suspicion: NewSuspicion): void;
  /** An answer that may be the fault of this registration alone, or of the whole app. */
  doubt(delivery: Delivery, outcome: Misconfigured, sentTo: SentTo): void;
  /** Whether a provider has ever accepted a push of the app, so that there are known registrations to judge by. */
  knowsAnyone(): boolean;
  /** Whether so many suspects are strangers' that another one is not worth holding a delivery back for. */
  isCrowded(): boolean;
  /** Resolves to why the app is to be parked, if it is. */
  tick(now: number): Promise<ParkCause | undefined>;
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
  readonly sent: boolean;
}

export interface AppFuseOptions {
  readonly app: string;
  readonly shards: number;
  readonly store: FuseStore;
  readonly rejections: Rejections;
  readonly recorded: (app: string, reason: string) => void;
  /** Whether the app is parked for a mistake of ours: then nothing is suspected. */
  readonly isParked: () => boolean;
}

/** Registrations remembered between two ticks, to clear suspects by; bounded (invariant 13). */
const rememberedSuccesses = 20_000;
/** What is held back for strangers: a wave of them takes no more room on the queue. */
const crowd = 1_000;

export function createAppFuse(options: AppFuseOptions): AppFuse {
  const { app, shards, store, rejections, recorded, isParked } = options;
  let lastAcceptedAt: number | undefined;
  let answers = 0; // accepted ones so far: suspects between the same two are in one row
  let suspects: (Suspicion & { readonly row: number })[] = [];
  let doubts: Doubt[] = [];
  let succeeded = new Map<string, Delivery>();
  let row = { number: 0, suspects: [] as Suspicion[] };
  const words = new Map<string, number>(); // what the provider said of suspects since the last wave
  const cures = new Map<string, string>();
  let waiting = true; // until the first tick says otherwise: an earlier worker may have left some
  let strangers = 0;
  let knowsAnyone = true; // until the first tick says otherwise

  /** Rows that an accepted answer has ended, the one under way before included. */
  function endedRows(): SuspectRow[] {
    const ended: SuspectRow[] = [];
    const end = (): void => {
      const [first] = row.suspects;
      const last = row.suspects.at(-1);
      if (first !== undefined && last !== undefined && row.suspects.length >= longRow)
        ended.push({ firstSentAt: first.sentAt, lastSentAt: last.sentAt });
    };
    for (const one of suspects) {
      if (!one.known) continue;
      if (one.row !== row.number) {
        end();
        row = { number: one.row, suspects: [] };
      }
      row.suspects.push(one);
    }
    if (row.number !== answers) {
      end();
      row = { number: answers, suspects: [] };
    }
    return ended;
  }

  function forgetSuspects(): void {
    suspects = [];
    doubts = [];
    row = { number: answers, suspects: [] };
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
    accepted(delivery, sentAt) {
      answers += 1;
      lastAcceptedAt = Math.max(lastAcceptedAt ?? 0, sentAt);
      if (succeeded.size < rememberedSuccesses) succeeded.set(delivery.device.pushkey, delivery);
    },
    suspect(delivery, { sentAt, known, sent, since, reason }) {
      suspects.push({
        registration: registrationOf(delivery, shards, since ?? Date.now()),
        number: numberOf(delivery.device.pushkey),
        sentAt,
        known,
        sent,
        row: answers,
      });
      words.set(reason, (words.get(reason) ?? 0) + 1);
    },
    doubt(delivery, { reason, cure, sent }, { sentAt, known }) {
      const registration = registrationOf(delivery, shards, 0);
      doubts.push({ registration, number: numberOf(delivery.device.pushkey), reason, sentAt, known, sent });
      cures.set(reason, cure);
    },
    knowsAnyone: () => knowsAnyone,
    isCrowded: () => knowsAnyone && strangers >= crowd,
    async tick(now) {
      if (isParked()) forgetSuspects();
      if (!waiting && succeeded.size === 0 && suspects.length === 0 && doubts.length === 0) return undefined;
      const rows = endedRows();
      const counts = { lastAcceptedAt, suspects, doubts, rows };
      const successes = succeeded;
      lastAcceptedAt = undefined;
      suspects = [];
      doubts = [];
      succeeded = new Map();
      // Hashing every success would cost more than it is worth while nothing waits to be cleared.
      const cleared = (): string[] => [...successes.values()].map(({ device }) => registrationKey(device));
      const knewOfSuspects = waiting || counts.suspects.length > 0;
      let verdict;
      try {
        const accepted = [...successes.keys()].map(numberOf);
        verdict = await store.tick(
          app,
          { ...counts, accepted, cleared: knewOfSuspects ? cleared() : [] },
          now,
        );
      } catch (error) {
        // Handed in again with the next tick.
        lastAcceptedAt = Math.max(lastAcceptedAt ?? 0, counts.lastAcceptedAt ?? 0) || undefined;
        suspects = [...counts.suspects, ...suspects];
        doubts = [...counts.doubts, ...doubts];
        throw error;
      }
      if (!knewOfSuspects && verdict.suspectsWaiting > 0 && successes.size > 0)
        verdict = await store.tick(app, { ...nothingSeen, cleared: cleared() }, now);
      waiting = verdict.suspectsWaiting > 0;
      strangers = verdict.strangersWaiting;
      knowsAnyone = verdict.knowsAnyone;
      await record(verdict.due);
      if (verdict.provenDoubt !== undefined)
        return {
          kind: 'misconfigured',
          reason: verdict.provenDoubt,
          cure: cures.get(verdict.provenDoubt) ?? '',
        };
      if (!verdict.tripped) return undefined;
      const said = mostSaid();
      words.clear();
      return { kind: 'fuse', reason: 'fuse', cure: fuseCure(said) };
    },
    async voidSuspects() {
      forgetSuspects();
      await store.voidSuspects(app);
    },
  };
}

const nothingSeen: Omit<FuseCounts, 'cleared'> = {
  lastAcceptedAt: undefined,
  accepted: [],
  suspects: [],
  doubts: [],
  rows: [],
};

function fuseCure(said: string): string {
  return `Pushkeys that worked are answered \`${said}\`. With APNs see \`platform\`, \`topic\`, the key and \`convert_device_token_to_hex\`, with FCM \`project_id\`.`;
}

/** FNV-1a: tells registrations apart well enough to count them, and costs less than a hash that nobody can reverse. */
function numberOf(pushkey: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < pushkey.length; index++)
    hash = Math.imul(hash ^ pushkey.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
