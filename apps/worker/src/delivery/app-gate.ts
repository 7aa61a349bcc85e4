import type { ParkCause, ParkedApp, ParkKind, Parking } from '@carillon/queue';
import type { WorkerObserver } from './observer.ts';
import { createSlowStart } from './slow-start.ts';

/**
 * Whether deliveries of one app may be sent, as this worker knows it.
 *
 *   open      all may. Left by `park` here, or when another worker's parking is seen at the next look
 *   parked    none may, but for one probe at a time among all workers. Left when probes get through, here or
 *             elsewhere, or when an operator resumes the app. What the breaker holds is parked of kind `outage`
 *
 * After an outage the gate opens little by little.
 */
export interface AppGate {
  /** Asked before a send. `probe` is given once for each permit; its outcome must be reported. */
  enter(): 'open' | 'probe' | 'closed';
  /** How many more deliveries are worth taking from a queue of which `inFlight` are being sent. */
  room(inFlight: number): number;
  /** Undefined while open. */
  parkedFor(): ParkKind | undefined;
  /** `notBefore`: when the provider asks to be tried again, milliseconds since 1970. */
  park(cause: ParkCause, notBefore?: number): Promise<void>;
  probePassed(): Promise<void>;
  probeFailed(notBefore?: number): Promise<void>;
  /** The probe never reached the provider: another may go at once. */
  probeUnused(): Promise<void>;
  /** Reads what all workers share; to be called every second or so. */
  look(): Promise<void>;
}

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

export function createAppGate({ app, parking, observer, changed }: AppGateOptions): AppGate {
  let parked: ParkedApp | undefined;
  let told: ParkedApp | undefined; // what the observer knows
  let permit = false;
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
    permit = false;
    if (told !== undefined) observer.resumed(app, told);
    told = undefined;
    changed();
  }

  return {
    enter() {
      if (parked === undefined) return 'open';
      if (!permit) return 'closed';
      permit = false;
      return 'probe';
    },
    room(inFlight) {
      if (parked !== undefined) return permit ? 1 : 0;
      return Math.max(0, slowStart.limit(Date.now()) - inFlight);
    },
    parkedFor: () => parked?.kind,
    async park(cause, notBefore) {
      // Closed here first: what is about to be sent must not wait for Redis to say so.
      const now = Date.now();
      parked = { ...cause, since: now, probes: 0, passes: 0, probeAt: now };
      parkings += 1;
      try {
        close(await parking.park(app, cause, notBefore));
      } finally {
        parkings += 1;
      }
    },
    async probePassed() {
      if (parked !== undefined && (await parking.probePassed(app)) < passesNeeded[parked.kind]) {
        await look(); // for the next probe
      } else {
        await parking.resume(app);
        open();
      }
    },
    probeFailed: (notBefore) => parking.probeFailed(app, notBefore),
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
    if (!permit && (await parking.mayProbe(app))) {
      permit = true;
      changed();
    }
  }
}
