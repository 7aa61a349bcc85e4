import { registrationKey } from '@carillon/core';
import {
  hasMarks,
  storedDeliveries,
  type Marks,
  type NamedRegistration,
  type RedisClient,
  type RegistrationMarks,
  type StoredPlace,
} from '@carillon/queue';
import type { Asked } from '../open-redis.ts';
import type { Subjects } from './subjects.ts';

/** What Redis holds of them. */
export interface Stored {
  readonly places: readonly StoredPlace[];
  readonly marks: readonly { readonly registration: NamedRegistration; readonly marks: Marks }[];
  /** Deliveries that cannot be decoded, so that nobody can tell whose they are. */
  readonly unreadable: number;
}

export interface Where {
  readonly redis: RedisClient;
  readonly keyPrefix: string;
  readonly shards: readonly number[];
  readonly marks: RegistrationMarks;
  readonly asked: Asked;
  /** Hears how much was looked at. */
  readonly looked: (deliveries: number, registrations: number) => void;
}

/** Asked at once. */
export const batch = 100;

/** Looks through all that waits, and then at what is stored beside it, also of registrations that only a delivery names. */
export async function storedOf(
  { pushkeys, registrations }: Subjects,
  { redis, keyPrefix, shards, marks, asked, looked }: Where,
): Promise<Stored> {
  const places: StoredPlace[] = [];
  let unreadable = 0;
  let deliveries = 0;
  const pages = storedDeliveries(redis, keyPrefix, shards);
  for (let page = await asked(pages.next()); page.done !== true; page = await asked(pages.next())) {
    for (const place of page.value) {
      if (place.delivery === undefined) unreadable += 1;
      else if (isMeant(pushkeys, place.delivery.device)) places.push(place);
    }
    looked((deliveries += page.value.length), 0);
  }
  const all = unique([
    ...registrations,
    ...places.flatMap(({ delivery }) =>
      delivery === undefined ? [] : [{ app: delivery.app, device: delivery.device }],
    ),
  ]);
  const found: { registration: NamedRegistration; marks: Marks }[] = [];
  for (let at = 0; at < all.length; at += batch) {
    const some = all.slice(at, at + batch).map(async (registration) => ({
      registration,
      marks: await marks.look(registration, shards),
    }));
    found.push(...(await asked(Promise.all(some))).filter((one) => hasMarks(one.marks)));
    looked(deliveries, at + some.length);
  }
  return { places, marks: found, unreadable };
}

export function isNothing({ places, marks }: Stored): boolean {
  return places.length === 0 && marks.length === 0;
}

function isMeant(
  pushkeys: Subjects['pushkeys'],
  { pushkey, appId }: { readonly pushkey: string; readonly appId: string },
): boolean {
  return pushkeys.has(pushkey) && (pushkeys.get(pushkey)?.has(appId) ?? true);
}

/** Two accounts on one phone are one registration, and have a badge each. */
function unique(registrations: readonly NamedRegistration[]): readonly NamedRegistration[] {
  const seen = new Map(
    registrations.map((one) => [
      `${one.app} ${registrationKey(one.device)} ${JSON.stringify(one.device.data ?? null)}`,
      one,
    ]),
  );
  return [...seen.values()];
}
