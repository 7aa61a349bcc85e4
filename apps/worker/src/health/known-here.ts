import type { Delivery } from '@carillon/core';
import { registrationOf, type KnownRegistrations, type RegistrationRef, type Shards } from '@carillon/queue';

/**
 * One worker's part in what is known of an app's registrations (invariant 14): tells the others between ticks whom a
 * provider has accepted a push for.
 */
export interface KnownHere {
  accepted(delivery: Delivery): void;
  /** Whether a provider has ever accepted a push for the delivery's registration. */
  isKnown(delivery: Delivery): Promise<boolean>;
  tick(): Promise<void>;
}

export interface KnownHereOptions {
  readonly app: string;
  readonly shards: Shards;
  readonly known: KnownRegistrations;
}

/** Those told of last need no telling again; bounded (invariant 13). */
const rememberedHere = 20_000;

export function createKnownHere({ app, shards, known }: KnownHereOptions): KnownHere {
  let told = new Set<string>();
  let toldBefore = new Set<string>();
  let untold: RegistrationRef[] = [];

  const refOf = (delivery: Delivery): RegistrationRef => registrationOf(delivery, shards, 0);

  return {
    accepted(delivery) {
      const { appId, pushkey, address = '' } = delivery.device;
      const name = `${appId} ${pushkey} ${address}`;
      if (told.has(name)) return;
      told.add(name);
      if (toldBefore.has(name)) return;
      untold.push(refOf(delivery));
      if (told.size < rememberedHere) return;
      toldBefore = told;
      told = new Set();
    },
    isKnown: (delivery) => known.isKnown(app, refOf(delivery)),
    async tick() {
      if (untold.length === 0) return;
      const registrations = untold;
      untold = [];
      try {
        await known.remember(app, registrations);
      } catch (error) {
        untold = [...registrations, ...untold].slice(0, rememberedHere);
        throw error;
      }
    },
  };
}
