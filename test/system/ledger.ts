import type { Installation } from '../installation/installation.ts';

/** What rang: every notification that the stand-in accepted, by event. */
export interface Ledger {
  /** Identities (`apns-id`) of each ring of an event, in order. */
  ringsOf(eventId: string): readonly string[];
  readonly total: number;
  /** Resolves when every one of these events has rung at least once; rejects with those missing. */
  allRing(eventIds: readonly string[]): Promise<void>;
  /** Resolves with the next ring of an event. */
  ring(eventId: string): Promise<void>;
}

/** Many times what a ring takes, also after a crash or an outage. */
const patienceMs = 180_000;

export function keepLedger({ apns }: Pick<Installation, 'apns'>): Ledger {
  const rings = new Map<string, string[]>();
  const listeners = new Set<(eventId: string) => void>();
  let total = 0;
  apns.onLine((line) => {
    const { apns_id: identity, payload } = line as { apns_id?: string; payload?: { event_id?: string } };
    if (identity === undefined) return;
    total += 1;
    const eventId = payload?.event_id ?? '';
    rings.set(eventId, [...(rings.get(eventId) ?? []), identity]);
    for (const listener of listeners) listener(eventId);
  });

  /** Rejects with the failure unless a ring, of which `met` is told, meets it in time. */
  async function until(met: (eventId: string) => boolean, failure: () => string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const listener = (eventId: string): void => {
      if (met(eventId)) resolve();
    };
    listeners.add(listener);
    const timer = setTimeout(() => reject(new Error(failure())), patienceMs);
    await promise.finally(() => {
      clearTimeout(timer);
      listeners.delete(listener);
    });
  }

  const ringsOf = (eventId: string): readonly string[] => rings.get(eventId) ?? [];
  return {
    ringsOf,
    get total() {
      return total;
    },
    async allRing(eventIds) {
      const missing = new Set(eventIds.filter((eventId) => !rings.has(eventId)));
      if (missing.size === 0) return;
      await until(
        (eventId) => missing.delete(eventId) && missing.size === 0,
        () => `${missing.size} of ${eventIds.length} events have not rung`,
      );
    },
    ring: (awaited) =>
      until(
        (eventId) => eventId === awaited,
        () => `${awaited} has not rung`,
      ),
  };
}
