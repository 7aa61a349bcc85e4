import type { ParkedApp, Parking } from '@carillon/queue';
import type { WorkerObserver } from './observer.ts';

/**
 * Whether deliveries of one app may be sent, as this worker knows it.
 *
 *   open      all may. Left by `park` here, or when another worker's parking is seen at the next look
 *   parked    none may, but for one probe at a time among all workers. Left when a probe gets through,
 *             here or elsewhere, or when an operator resumes the app
 */
export interface AppGate {
  /** Asked before a send. `probe` is given once for each permit; its outcome must be reported. */
  enter(): 'open' | 'probe' | 'closed';
  /** How many deliveries are worth taking from the queue now. */
  room(): number;
  parkedReason(): string | undefined;
  park(reason: string, cure: string): Promise<void>;
  probePassed(): Promise<void>;
  probeFailed(): Promise<void>;
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
 * Good phones answer well behind a wrong topic too, so one success does not prove that a wave is over; five in
 * a row do, where at least half of the sends were suspects.
 */
const fusePasses = 5;

export function createAppGate({ app, parking, observer, changed }: AppGateOptions): AppGate {
  let parked: ParkedApp | undefined;
  let permit = false;

  function close(by: ParkedApp): void {
    if (parked === undefined) observer.parked(app, by);
    parked = by;
  }

  function open(): void {
    if (parked === undefined) return;
    observer.resumed(app, parked);
    parked = undefined;
    permit = false;
    changed();
  }

  return {
    enter() {
      if (parked === undefined) return 'open';
      if (!permit) return 'closed';
      permit = false;
      return 'probe';
    },
    room: () => (parked === undefined ? Infinity : permit ? 1 : 0),
    parkedReason: () => parked?.reason,
    async park(reason, cure) {
      // Closed here first: what is about to be sent must not wait for Redis to say so.
      close({ reason, cure, since: Date.now(), probes: 0, passes: 0 });
      parked = await parking.park(app, reason, cure);
    },
    async probePassed() {
      if (parked?.reason === 'fuse' && (await parking.probePassed(app)) < fusePasses) {
        await look(); // for the next probe
      } else {
        await parking.resume(app);
        open();
      }
    },
    probeFailed: () => parking.probeFailed(app),
    probeUnused: () => parking.probeNow(app),
    look,
  };

  async function look(): Promise<void> {
    const shared = await parking.read(app);
    if (shared === undefined) return open();
    close(shared);
    if (!permit && (await parking.mayProbe(app))) {
      permit = true;
      changed();
    }
  }
}
