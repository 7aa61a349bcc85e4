import { registrationKey, type Delivery } from '@carillon/core';
import {
  registrationOf,
  type FuseStore,
  type FuseVerdict,
  type Registration,
  type Rejections,
} from '@carillon/queue';

/**
 * One worker's part of an app's fuse (invariant 7): counts sends between ticks, hands the counts in, and
 * records the suspects that the fuse lets through.
 */
export interface AppFuse {
  accepted(delivery: Delivery): void;
  suspect(delivery: Delivery, since: number | undefined): void;
  /** Resolves to true when the suspects turned out to be a wave. */
  tick(now: number): Promise<boolean>;
  /** The app is parked: what is suspected meanwhile is our own mistake. */
  voidSuspects(): Promise<void>;
}

export interface AppFuseOptions {
  readonly app: string;
  readonly shards: number;
  readonly store: FuseStore;
  readonly rejections: Rejections;
  readonly recorded: (app: string, reason: string) => void;
}

/** Deliveries remembered between two ticks, to clear suspects by; bounded (invariant 13). */
const rememberedSuccesses = 20_000;

export function createAppFuse({ app, shards, store, rejections, recorded }: AppFuseOptions): AppFuse {
  let accepted = 0;
  let suspectSends = 0;
  let suspects: Registration[] = [];
  let succeeded: Delivery[] = [];
  let waiting = true; // until the first tick says otherwise: an earlier worker may have left some

  return {
    accepted(delivery) {
      accepted += 1;
      if (succeeded.length < rememberedSuccesses) succeeded.push(delivery);
    },
    suspect(delivery, since) {
      suspectSends += 1;
      suspects.push(registrationOf(delivery, shards, since ?? Date.now()));
    },
    async tick(now) {
      if (!waiting && accepted === 0 && suspectSends === 0) return false;
      const counts = { accepted, suspectSends, suspects };
      const successes = succeeded;
      accepted = 0;
      suspectSends = 0;
      suspects = [];
      succeeded = [];
      // Hashing every success would cost more than it is worth while nothing waits to be cleared.
      const cleared = () => successes.map(({ device }) => registrationKey(device));
      const knewOfSuspects = waiting;
      let verdict: FuseVerdict;
      try {
        verdict = await store.tick(app, { ...counts, cleared: knewOfSuspects ? cleared() : [] }, now);
      } catch (error) {
        // Counted again with the next tick.
        accepted += counts.accepted;
        suspectSends += counts.suspectSends;
        suspects = [...counts.suspects, ...suspects];
        throw error;
      }
      if (!knewOfSuspects && verdict.suspectsWaiting > 0 && successes.length > 0) {
        const none = { accepted: 0, suspectSends: 0, suspects: [] };
        verdict = await store.tick(app, { ...none, cleared: cleared() }, now);
      }
      waiting = verdict.suspectsWaiting > 0;
      for (const registration of verdict.due) {
        await rejections.recordRegistration(app, registration);
        recorded(app, 'suspect');
      }
      return verdict.tripped;
    },
    async voidSuspects() {
      suspects = [];
      suspectSends = 0;
      await store.voidSuspects(app);
    },
  };
}
