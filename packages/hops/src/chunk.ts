import type { Lane } from '@carillon/core';
import type { TraceIndex } from './fingerprints.ts';

/*
 * The form of a chunk: what one process saw in about a second.
 *
 *   head    version 1 · flags 1 · key id 4 · process 4 · sequence 4 · level 1 · time of the first hop 6
 *   body    strings: count, then each its length and UTF-8
 *           hops: count, count of those with names, then each
 *             kind 1 · parts 1 · milliseconds since the hop before (zigzag)
 *             app · then the parts that are there, in the order of `parts`; of the names the event,
 *             and with the flags `room` and `sender` the room and the sender, 6 bytes each, 0 for none
 *           fingerprints of the pushkeys: 5 bytes for each hop with names
 *           fingerprints of the deliveries: 5 bytes for each hop
 *
 * Numbers of no given size are varints (7 bits a byte, the lowest first); strings are numbers into the chunk's
 * list, 0 for none. With the flag `deflated` the body is a raw deflate stream.
 */

export const version = 2;
export const headBytes = 21;
export const deflatedFlag = 1;
export const indexFlags = { room: 2, sender: 4 } as const satisfies Record<TraceIndex, number>;
/** No honest body comes near it; a broken one must not fill the memory. */
export const maxBodyBytes = 1_048_576;

/** Bits of a hop's second byte. The lowest two are the lane. */
export const parts = { names: 4, word: 8, duration: 16, until: 32, providerId: 64, cure: 128 } as const;
export const laneNumbers: readonly (Lane | undefined)[] = [undefined, 'calls', 'high', 'low'];

/** How a provider's id is written: as text with its length in front, or as the 16 bytes of a UUID. */
export const idForms = { none: 0, upper: 1, lower: 2 } as const;
export const maxProviderIdBytes = 96;
export const maxStringBytes = 240;

/** What stands in front of the last slash of FCM's `projects/…/messages/…` is the same for a whole app. */
export function shortProviderId(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}
