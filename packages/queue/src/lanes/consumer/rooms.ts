import type { ServedQueues } from './served-queues.ts';

/** A queue that nothing is to be taken from for now, whoever else has room for it. */
const closed = -1;

/** The room of each queue that has less than `concurrency`. */
export function roomsOf(
  served: ServedQueues,
  inFlight: ReadonlyMap<string, number>,
  concurrency: number,
): ReadonlyMap<string, number> {
  const rooms = new Map<string, number>();
  for (const [name, count] of inFlight) rooms.set(name, Math.max(0, concurrency - count));
  for (const [name, { room, lane }] of served.narrow()) {
    const count = inFlight.get(name) ?? 0;
    const allowed = room?.(count, lane) ?? Infinity;
    rooms.set(
      name,
      allowed <= 0 && room?.(0, lane) === 0 ? closed : Math.max(0, Math.min(allowed, concurrency - count)),
    );
  }
  return rooms;
}
