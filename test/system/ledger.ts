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
  const listeners = new Set<() => void>();
  let total = 0;
  apns.onLine((line) => {
    const { apns_id: identity, payload } = line as { apns_id?: string; payload?: { event_id?: string } };
    if (identity === undefined) return;
    total += 1;
    const eventId = payload?.event_id ?? '';
    rings.set(eventId, [...(rings.get(eventId) ?? []), identity]);
    for (const listener of listeners) listener();
  });

  async function until(met: () => boolean, failure: () => string): Promise<void> {
    if (met()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const listener = (): void => {
      if (met()) resolve();
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
      const missing = new Set(eventIds);
      const met = (): boolean => {
        for (const eventId of missing) if (rings.has(eventId)) missing.delete(eventId);
        return missing.size === 0;
      };
      await until(met, () => `${missing.size} of ${eventIds.length} events have not rung`);
    },
    async ring(eventId) {
      const before = ringsOf(eventId).length;
      await until(
        () => ringsOf(eventId).length > before,
        () => `${eventId} has not rung`,
      );
    },
  };
}
