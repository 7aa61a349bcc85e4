import { appPrefix } from './queue-names.ts';
import type { RedisClient } from './redis.ts';

/**
 * Parked apps, shared by all workers and outliving them. A parked app's deliveries wait; one at a time is sent
 * as a probe, at intervals that grow, and the first that the provider takes ends the parking.
 */
export interface ParkedApp {
  /** The provider's word, or `fuse`. */
  readonly reason: string;
  /** What the operator has to do. */
  readonly cure: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Probes that failed so far. */
  readonly probes: number;
  /** Probes that got through since the last one that failed. */
  readonly passes: number;
}

export interface Parking {
  /** Undefined while the app is not parked. */
  read(app: string): Promise<ParkedApp | undefined>;
  /** Keeps the first reason when the app is parked already. Resolves to what stands. */
  park(app: string, reason: string, cure: string): Promise<ParkedApp>;
  resume(app: string): Promise<void>;
  /** Whether this worker may send the one probe that is allowed now. */
  mayProbe(app: string): Promise<boolean>;
  /** The probe got through, and more are wanted: the next one may go at once. Resolves to how many did in a row. */
  probePassed(app: string): Promise<number>;
  /** The probe did not get through: the next one waits longer. */
  probeFailed(app: string): Promise<void>;
  /** Lets the next probe go at once: a worker has just started, perhaps with mended credentials. */
  probeNow(app: string): Promise<void>;
  /** Milliseconds until the next probe may go; 0 for now. While a probe is under way, until it counts as lost. */
  probeIn(app: string): Promise<number>;
}

const firstProbeMs = 2_000;
const longestProbeMs = 60_000;
/** Longer than any send takes; a worker that died with the probe holds up nobody for longer. */
const probeLeaseMs = 20_000;
/** Renewed by each probe; without workers, nobody needs it. */
const parkedTtlMs = 7 * 86_400_000;

export function createParking(redis: RedisClient, keyPrefix: string): Parking {
  const stateKey = (app: string) => `${appPrefix(keyPrefix, app)}parked`;
  const probeKey = (app: string) => `${appPrefix(keyPrefix, app)}probe`;

  async function read(app: string): Promise<ParkedApp | undefined> {
    const text = await redis.get(stateKey(app));
    return text === null ? undefined : (JSON.parse(text) as ParkedApp); // only `park` and `probeFailed` write it
  }

  return {
    read,
    async park(app, reason, cure) {
      const parked: ParkedApp = { reason, cure, since: Date.now(), probes: 0, passes: 0 };
      const written = await redis.set(stateKey(app), JSON.stringify(parked), 'PX', parkedTtlMs, 'NX');
      if (written === null) return (await read(app)) ?? parked;
      await redis.set(probeKey(app), '', 'PX', firstProbeMs);
      return parked;
    },
    async resume(app) {
      await redis.del(stateKey(app), probeKey(app));
    },
    async mayProbe(app) {
      return (await redis.set(probeKey(app), '', 'PX', probeLeaseMs, 'NX')) !== null;
    },
    async probePassed(app) {
      const parked = await read(app);
      if (parked === undefined) return Infinity; // somebody has resumed it meanwhile
      const passes = parked.passes + 1;
      await redis.set(stateKey(app), JSON.stringify({ ...parked, passes }), 'PX', parkedTtlMs, 'XX');
      await redis.del(probeKey(app));
      return passes;
    },
    async probeFailed(app) {
      const parked = await read(app);
      if (parked === undefined) return;
      const probes = parked.probes + 1;
      await redis.set(
        stateKey(app),
        JSON.stringify({ ...parked, probes, passes: 0 }),
        'PX',
        parkedTtlMs,
        'XX',
      );
      await redis.set(
        probeKey(app),
        '',
        'PX',
        Math.min(longestProbeMs, firstProbeMs * 2 ** Math.min(probes, 10)),
      );
    },
    async probeNow(app) {
      await redis.del(probeKey(app));
    },
    probeIn: async (app) => Math.max(0, await redis.pttl(probeKey(app))),
  };
}
