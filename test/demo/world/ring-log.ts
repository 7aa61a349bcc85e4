import type { Ring } from './ring.ts';

/** What has rung, by event. */
export interface RingLog {
  add(ring: Ring): void;
  /** The first ring of an event, past or to come. */
  first(eventId: string): Promise<Ring>;
  of(eventId: string): readonly Ring[];
  /** Called for each ring from now on. */
  onRing(listener: (ring: Ring) => void): void;
  /** Remembers nothing any more, so that a demo that runs for days does not grow. */
  forget(): void;
}

export function createRingLog(): RingLog {
  const rings = new Map<string, Ring[]>();
  const waiting = new Map<string, PromiseWithResolvers<Ring>>();
  const listeners = new Set<(ring: Ring) => void>();
  let remembers = true;

  return {
    add(ring) {
      for (const listener of listeners) listener(ring);
      const { eventId } = ring;
      if (eventId === undefined || !remembers) return;
      const known = rings.get(eventId);
      if (known === undefined) rings.set(eventId, [ring]);
      else known.push(ring);
      waiting.get(eventId)?.resolve(ring);
    },
    first(eventId) {
      const [ring] = rings.get(eventId) ?? [];
      if (ring !== undefined) return Promise.resolve(ring);
      const waiter = waiting.get(eventId) ?? Promise.withResolvers<Ring>();
      waiting.set(eventId, waiter);
      return waiter.promise;
    },
    of: (eventId) => rings.get(eventId) ?? [],
    onRing: (listener) => void listeners.add(listener),
    forget() {
      remembers = false;
      rings.clear();
      waiting.clear();
    },
  };
}
