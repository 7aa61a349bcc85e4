import { hash } from 'node:crypto';
import type { Delivery, Lane } from '@carillon/core';
import { laneName, newcomersLaneName } from '../../layout/keys.ts';

/** What becomes of a delivery that was taken. */
export type Settlement =
  /** Done with, whatever the outcome: it leaves the queue. */
  | { readonly kind: 'finish' }
  /** Not before `until` (milliseconds since 1970), with what the next try has to know. `why`: what the provider said, if it put it off. */
  | { readonly kind: 'delay'; readonly until: number; readonly delivery: Delivery; readonly why?: string }
  /** Back to the front of its queue as it was. */
  | { readonly kind: 'return' };

/** An app whose deliveries are taken. */
export interface ServedApp {
  readonly app: string;
  readonly lanes: readonly Lane[];
  /** When it rejects, the delivery comes again a little later. */
  readonly handle: (delivery: Delivery) => Promise<Settlement>;
  /**
   * How many more of this lane may be taken now from a shard, of which `inFlight` are being sent; `ofNewcomers` of registrations
   * that are not known yet. Default: as many as there is room for.
   */
  readonly room?: (inFlight: number, ofNewcomers: boolean, lane: Lane) => number;
}

export interface ServedQueue extends ServedApp {
  readonly lane: Lane;
  readonly ofNewcomers: boolean;
}

/** The queues that a worker takes from, by their names within a shard. */
export interface ServedQueues {
  add(app: ServedApp): void;
  remove(app: ServedApp): void;
  get(name: string): ServedQueue | undefined;
  names(): readonly string[];
  /** Names this choice of queues, the same on every worker that has it. */
  bell(): string;
  /** Those that have less room than usual with nothing in flight: paused, parked, or beginning slowly. */
  narrow(): ReadonlyMap<string, ServedQueue>;
  /** What `narrow` told is old. */
  changed(): void;
}

/** What an app's gate says is asked for this often without a cause; it costs a call for each queue. */
const narrowMs = 250;

/** The queues of an app's lanes. */
export function namesOf({ app, lanes }: { readonly app: string; readonly lanes: readonly Lane[] }): string[] {
  return lanes.flatMap((lane) => [laneName({ app, lane }), newcomersLaneName({ app, lane })]);
}

export function createServedQueues(): ServedQueues {
  const queues = new Map<string, ServedQueue>();
  let bell: string | undefined;
  let narrow: Map<string, ServedQueue> | undefined;
  let narrowAt = -Infinity;

  function renew(): void {
    bell = undefined;
    narrow = undefined;
  }

  return {
    add(app) {
      for (const lane of app.lanes) {
        queues.set(laneName({ app: app.app, lane }), { ...app, lane, ofNewcomers: false });
        queues.set(newcomersLaneName({ app: app.app, lane }), { ...app, lane, ofNewcomers: true });
      }
      renew();
    },
    remove(app) {
      for (const name of namesOf(app)) if (queues.get(name)?.handle === app.handle) queues.delete(name);
      renew();
    },
    get: (name) => queues.get(name),
    names: () => [...queues.keys()],
    bell: () => (bell ??= hash('sha256', [...queues.keys()].toSorted().join(' '), 'base64url').slice(0, 10)),
    narrow() {
      const now = performance.now();
      if (narrow === undefined || now - narrowAt > narrowMs) {
        narrow = new Map(
          [...queues].filter(
            ([, { room, ofNewcomers, lane }]) => room !== undefined && room(0, ofNewcomers, lane) < Infinity,
          ),
        );
        narrowAt = now;
      }
      return narrow;
    },
    changed: () => (narrow = undefined),
  };
}
