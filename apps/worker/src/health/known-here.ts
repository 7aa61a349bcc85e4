import { registrationKey, type Delivery } from '@carillon/core';
import type { KnownRef, KnownRegistrations, Shards } from '@carillon/queue';

/**
 * One worker's part in what is known of its apps' registrations (invariant 14): tells the others between ticks whom a
 * provider has accepted a push for.
 */
export interface KnownHere {
  accepted(delivery: Delivery): void;
  /** Whether a provider has ever accepted a push for the delivery's registration. */
  isKnown(delivery: Delivery): Promise<boolean>;
  tick(): Promise<void>;
}

export interface KnownHereOptions {
  readonly shards: Shards;
  readonly known: KnownRegistrations;
}

/** Those told of last need no telling again; of all apps together, bounded (invariant 13). */
const rememberedHere = 50_000;

export function createKnownHere({ shards, known }: KnownHereOptions): KnownHere {
  let told = new Set<string>();
  let toldBefore = new Set<string>();
  let untold: KnownRef[] = [];

  const refAt = ({ app, device }: Delivery, shard: number): KnownRef => ({
    app,
    shard,
    key: registrationKey(device),
  });

  return {
    accepted(delivery) {
      const { appId, pushkey, address = '' } = delivery.device;
      const name = `${appId} ${pushkey} ${address}`;
      if (told.has(name)) return;
      told.add(name);
      if (!toldBefore.has(name)) untold.push(refAt(delivery, shards.placeOf(pushkey)));
      if (told.size < rememberedHere) return;
      toldBefore = told;
      told = new Set();
    },
    isKnown(delivery) {
      const { pushkey } = delivery.device;
      const places = [shards.placeOf(pushkey), ...shards.otherPlacesOf(pushkey)];
      return known.isKnown(places.map((place) => refAt(delivery, place)));
    },
    async tick() {
      if (untold.length === 0) return;
      const registrations = untold;
      untold = [];
      try {
        await known.remember(registrations);
      } catch (error) {
        untold = [...registrations, ...untold].slice(0, rememberedHere);
        throw error;
      }
    },
  };
}
