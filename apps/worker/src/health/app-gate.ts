import type { ParkCause, ParkedApp, ParkKind, Parking } from '@carillon/queue';
import type { WorkerObserver } from '../delivery/observer.ts';
import { createSlowStart } from './slow-start.ts';

/**
 * Whether deliveries of one app may be sent, as this worker knows it.
 *
 *   open      all may. Left by `park` here, or when another worker's parking is seen at the next look
 *   parked    none may, but for one round of a few probes at a time among all workers. Left when probes get through,
 *             here or elsewhere, or when an operator resumes the app. What the breaker holds is parked of kind `outage`
 *
 * After an outage the gate opens little by little.
 */
export interface AppGate {
  /** Asked before a send while the app is parked. A probe's outcome must be reported. */
  probe(candidate: ProbeCandidate): Promise<ProbePass>;
  /**
   * How many more deliveries are worth taking from a queue of which `inFlight` are being sent; `ofNewcomers`: to
   * registrations that are not known yet, which are asked when no known one is there to be a probe.
   */
  room(inFlight: number, ofNewcomers?: boolean): number;
  /** Undefined while open. */
  parkedFor(): ParkKind | undefined;
  /** `notBefore`: when the provider asks to be tried again, milliseconds since 1970. */
  park(cause: ParkCause, notBefore?: number): Promise<void>;
  probePassed(): Promise<void>;
  probeFailed(notBefore?: number): Promise<void>;
  /** The probe of a stranger failed, which proves nothing: those of others go on, those of strangers wait longer. */
  strangerFailed(): Promise<void>;
  /** The probe never reached the provider: another may go at once. */
  probeUnused(): Promise<void>;
  /** Reads what all workers share; to be called every second or so. */
  look(): Promise<void>;
}

export interface ProbeCandidate {
  readonly registration: string;
  /** Whether its failure would prove something: a known registration, or one of an app that has none yet. */
  readonly counts: boolean;
}

export type ProbePass =
  /** To be sent, and its outcome reported. */
  | 'probe'
  /** Not now: back to the queue. */
  | 'closed'
  /** Others go first: a registration that was a probe just now, or a stranger's. */
  | 'aside';

export interface AppGateOptions {
  readonly app: string;
  readonly parking: Parking;
  readonly observer: Pick<WorkerObserver, 'parked' | 'resumed'>;
  /** The gate opened, or gave a permit: the app's consumers should look for work. */
  readonly changed: () => void;
}

/**
 * Probes in a row that prove an app well. Good phones answer well behind a wrong topic too, so one success does
 * not prove that a wave is over; five do, where at least half of the sends were suspects. A provider that is
 * coming back answers some well among errors.
 */
const passesNeeded: Readonly<Record<ParkKind, number>> = { misconfigured: 1, fuse: 5, outage: 3 };

/** Of one round: whatever is wrong with one registration, the others show how the app is. */
const probesOfRound = 4;
/** Deliveries of a queue that are looked at for probes at a time, when those at its front had to stand aside. */
const mostCandidates = 64;
const firstStrangerPauseMs = 2_000;
const longestStrangerPauseMs = 60_000;

export function createAppGate({ app, parking, observer, changed }: AppGateOptions): AppGate {
  let parked: ParkedApp | undefined;
  let told: ParkedApp | undefined; // what the observer knows
  let permits = 0;
  let candidates = probesOfRound;
  let isLeftOver = false; // permits that no known registration has used since the last look
  let strangers = { failed: 0, notBefore: 0 };
  let parkings = 0; // counts starts and ends of `park`: what was read across one of them is old
  const slowStart = createSlowStart();

  function close(by: ParkedApp): void {
    parked = by;
    if (told?.kind === by.kind && told.reason === by.reason) return;
    told = by;
    observer.parked(app, by);
  }

  function open(): void {
    if (parked === undefined) return;
    if (parked.kind === 'outage') slowStart.begin(Date.now());
    parked = undefined;
    permits = 0;
    strangers = { failed: 0, notBefore: 0 };
    if (told !== undefined) observer.resumed(app, told);
    told = undefined;
    changed();
  }

  return {
    async probe({ registration, counts }) {
      if (permits === 0) return 'closed';
      if (counts || Date.now() >= strangers.notBefore) {
        permits -= 1;
        if (await parking.isNewProbe(app, registration)) return 'probe';
        permits += 1;
      }
      candidates = Math.min(candidates * 2, mostCandidates);
      return 'aside';
    },
    room(inFlight, ofNewcomers = false) {
      if (parked !== undefined) {
        const isTurn = !ofNewcomers || (isLeftOver && Date.now() >= strangers.notBefore);
        return permits > 0 && isTurn ? Math.max(1, candidates - inFlight) : 0;
      }
      return Math.max(0, slowStart.limit(Date.now()) - inFlight);
    },
    parkedFor: () => parked?.kind,
    async park(cause, notBefore) {
      // Closed here first: what is about to be sent must not wait for Redis to say so.
      const now = Date.now();
      parked = { ...cause, since: now, probes: 0, passes: 0, probeAt: now };
      permits = 0;
      parkings += 1;
      try {
        close(await parking.park(app, cause, notBefore));
      } finally {
        parkings += 1;
      }
    },
    async probePassed() {
      // Another probe of the round may open the app while Redis is asked.
      const needed = parked === undefined ? 0 : passesNeeded[parked.kind];
      if (needed > 0 && (await parking.probePassed(app)) < needed) {
        await look(); // for the next probe
      } else {
        await parking.resume(app);
        open();
      }
    },
    async probeFailed(notBefore) {
      permits = 0;
      await parking.probeFailed(app, notBefore);
    },
    async strangerFailed() {
      const pauseMs = Math.min(longestStrangerPauseMs, firstStrangerPauseMs * 2 ** strangers.failed);
      strangers = { failed: strangers.failed + 1, notBefore: Date.now() + pauseMs };
      await parking.probeNow(app);
    },
    probeUnused: () => parking.probeNow(app),
    look,
  };

  async function look(): Promise<void> {
    const before = parkings;
    const shared = await parking.read(app);
    if (parkings !== before) return;
    if (shared === undefined) {
      open();
      // During a slow start there is more room than at the last look.
      if (slowStart.limit(Date.now()) < Infinity) changed();
      return;
    }
    close(shared);
    isLeftOver = permits > 0;
    if (permits === 0 && (await parking.mayProbe(app))) {
      permits = probesOfRound;
      candidates = probesOfRound;
    }
    if (permits > 0) changed();
  }
}
