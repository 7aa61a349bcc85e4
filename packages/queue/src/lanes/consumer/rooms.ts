import { isOfNewcomers } from '../../layout/keys.ts';
import type { ServedQueues } from './served-queues.ts';

/** A queue that nothing is to be taken from for now, even where other workers have room for it. */
const closed = -1;

/** Of what a queue may have in flight, the queue of registrations beside it that are not known yet may have a part (invariant 14). */
export function roomOfNewcomers(concurrency: number): number {
  return Math.ceil(concurrency / 4);
}

/** The room of each queue that has less than usual. */
export function roomsOf(
  served: ServedQueues,
  inFlight: ReadonlyMap<string, number>,
  concurrency: number,
): ReadonlyMap<string, number> {
  const usual = (name: string) => (isOfNewcomers(name) ? roomOfNewcomers(concurrency) : concurrency);
  const rooms = new Map<string, number>();
  for (const [name, count] of inFlight) rooms.set(name, Math.max(0, usual(name) - count));
  for (const [name, { room, ofNewcomers, lane }] of served.narrow()) {
    const count = inFlight.get(name) ?? 0;
    const allowed = room?.(count, ofNewcomers, lane) ?? Infinity;
    rooms.set(
      name,
      allowed <= 0 && room?.(0, ofNewcomers, lane) === 0
        ? closed
        : Math.max(0, Math.min(allowed, usual(name) - count)),
    );
  }
  return rooms;
}
