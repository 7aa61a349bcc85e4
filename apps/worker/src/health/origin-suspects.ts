import type { Suspicion } from '@carillon/queue';

/**
 * Suspects of which their push service's origin said what it also says of all its endpoints while it is down (a reverse
 * proxy's 404 in front of a server that restarts). One between two accepted pushes is as dead as it seems, and goes on to
 * the fuse; of several in a row nothing is known, so they are forgotten and asked again.
 */
export interface OriginSuspects {
  suspect(origin: string, suspicion: Suspicion): void;
  /** The origin has accepted a push. */
  accepted(origin: string): void;
  /** Those that an accepted push has stood beside since the last call. */
  takeAlone(): readonly Suspicion[];
}

interface Row {
  readonly first: Suspicion;
  isAlone: boolean;
}

/** Origins with suspects that are remembered: clients choose them (invariant 13). */
const mostOrigins = 1_000;

export function createOriginSuspects(): OriginSuspects {
  // Known registrations are judged beside known ones (invariant 14).
  const rows = { known: new Map<string, Row>(), strangers: new Map<string, Row>() };
  let alone: Suspicion[] = [];

  return {
    suspect(origin, suspicion) {
      const ofKind = suspicion.known ? rows.known : rows.strangers;
      const row = ofKind.get(origin);
      if (row !== undefined) {
        row.isAlone &&= row.first.registration.key === suspicion.registration.key;
        return;
      }
      const [oldest] = ofKind.keys();
      if (ofKind.size >= mostOrigins && oldest !== undefined) ofKind.delete(oldest);
      ofKind.set(origin, { first: suspicion, isAlone: true });
    },
    accepted(origin) {
      for (const ofKind of [rows.known, rows.strangers]) {
        const row = ofKind.get(origin);
        if (row === undefined) continue;
        ofKind.delete(origin);
        if (row.isAlone && alone.length < mostOrigins) alone.push(row.first);
      }
    },
    takeAlone() {
      const taken = alone;
      alone = [];
      return taken;
    },
  };
}
