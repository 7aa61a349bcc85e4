import { readFileSync } from 'node:fs';
import type { Result } from 'ioredis';
import { appPrefix } from '../layout/keys.ts';
import type { RedisClient } from '../redis/redis.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonPark(...keysAndArguments: (string | number)[]): Result<string, Context>;
    carillonProbe(...keysAndArguments: (string | number)[]): Result<number, Context>;
  }
}

const script = (name: string): string => readFileSync(new URL(`../lua/${name}.lua`, import.meta.url), 'utf8');

/**
 * Apps whose deliveries wait, shared by all workers and outliving them. A round of a few deliveries, each to another
 * registration, is sent as probes, at intervals that grow; probes that get through end it.
 */
export interface ParkedApp extends ParkCause {
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Rounds of probes of which one failed so far. */
  readonly probes: number;
  /** Probes that got through since the last one that failed. */
  readonly passes: number;
  /** Milliseconds since 1970: when the next probe may go, unless somebody asks for one sooner. */
  readonly probeAt: number;
}

export interface ParkCause {
  readonly kind: ParkKind;
  /** The provider's word; where the fuse tripped, that of most suspects. */
  readonly reason: string;
  /** What the operator has to do. */
  readonly cure: string;
}

export type ParkKind =
  /** The provider refuses our credentials, topic or project; waits for the operator. */
  | 'misconfigured'
  /** Too many pushkeys were answered as unknown; waits for the operator. */
  | 'fuse'
  /** The provider is in trouble for everyone: the breaker. Ends by itself, also when nothing is sent any more. */
  | 'outage';

export interface Parking {
  /** Undefined while the app is not parked. One command for all who ask in the same turn of the event loop, whatever their apps. */
  read(app: string): Promise<ParkedApp | undefined>;
  /**
   * Keeps the first cause when the app is parked already, except that a mistake of ours takes the place of an
   * outage. No probe goes before `notBefore` (milliseconds since 1970). Resolves to what stands.
   */
  park(app: string, cause: ParkCause, notBefore?: number): Promise<ParkedApp>;
  resume(app: string): Promise<void>;
  /** Whether this worker may send the one round of probes that is allowed now. */
  mayProbe(app: string): Promise<boolean>;
  /** Whether the registration was no probe in the last seconds, so that each probe asks about another one. */
  isNewProbe(app: string, registration: string): Promise<boolean>;
  /** The probe got through, and more are wanted: the next one may go at once. Resolves to how many did in a row. */
  probePassed(app: string): Promise<number>;
  /** The probe did not get through: the next one waits longer, and at least until `notBefore`. */
  probeFailed(app: string, notBefore?: number): Promise<void>;
  /** Lets the next probe go at once: a worker has just started, perhaps with mended credentials. */
  probeNow(app: string): Promise<void>;
  /** Milliseconds until the next probe may go; 0 for now. While a probe is under way, until it counts as lost. */
  probeIn(app: string): Promise<number>;
}

const firstProbeMs = 2_000;
/** A provider that is back should not wait for long; one delivery in a quarter of a minute costs it nothing. */
const longestProbeMs: Readonly<Record<ParkKind, number>> = {
  misconfigured: 60_000,
  fuse: 60_000,
  outage: 15_000,
};
/** A provider's `Retry-After` beyond this is looked into all the same. */
const longestAskedMs = 900_000;
/** Longer than any send takes; a worker that died with the probes holds up nobody for longer. */
const probeLeaseMs = 20_000;
/** A registration is no probe again before this time. */
const probedMs = 10_000;
/** From the next probe on. Renewed by each probe; without deliveries to probe with, nobody needs it for longer. */
const lifeMs: Readonly<Record<ParkKind, number>> = {
  misconfigured: 7 * 86_400_000,
  fuse: 7 * 86_400_000,
  outage: 300_000,
};

/** A cause that only a newer version knows holds the app as the gravest one does (invariant 17). */
function known(parked: ParkedApp): ParkedApp {
  return Object.hasOwn(lifeMs, parked.kind) ? parked : { ...parked, kind: 'misconfigured' };
}

/** Until when it is parked, if no probe says otherwise. */
function endOf({ probeAt, kind }: ParkedApp): number {
  return probeAt + lifeMs[kind];
}

export function createParking(
  redis: RedisClient,
  keyPrefix: string,
  clock: () => number = Date.now,
): Parking {
  redis.defineCommand('carillonPark', { numberOfKeys: 2, lua: script('park') });
  redis.defineCommand('carillonProbe', { numberOfKeys: 2, lua: script('probe') });
  // All apps in one hash, so that a worker of sixty looks at one key.
  const parkedKey = `${keyPrefix}:{parked}`;
  const probeKey = (app: string) => `${keyPrefix}:{parked}probe:${app}`;
  let reading: Promise<ReadonlyMap<string, string>> | undefined;

  function readAll(): Promise<ReadonlyMap<string, string>> {
    if (reading === undefined) {
      reading = redis.hgetall(parkedKey).then((all) => new Map(Object.entries(all)));
      setImmediate(() => (reading = undefined)); // before anything that is asked for now is answered
    }
    return reading;
  }

  function settle(app: string, result: 'passed' | 'failed', notBefore = 0): Promise<number> {
    return redis.carillonProbe(
      parkedKey,
      probeKey(app),
      app,
      clock(),
      result,
      notBefore,
      firstProbeMs,
      JSON.stringify(longestProbeMs),
      JSON.stringify(lifeMs),
    );
  }

  return {
    async read(app) {
      const text = (await readAll()).get(app);
      if (text === undefined) return undefined;
      const parked = known(JSON.parse(text) as ParkedApp); // only this file and its scripts write it, or a newer one's
      return endOf(parked) > clock() ? parked : undefined;
    },
    async park(app, cause, notBefore) {
      const now = clock();
      const parked: ParkedApp = {
        ...cause,
        since: now,
        probes: 0,
        passes: 0,
        probeAt: Math.max(now + firstProbeMs, Math.min(notBefore ?? 0, now + longestAskedMs)),
      };
      const standing = await redis.carillonPark(
        parkedKey,
        probeKey(app),
        app,
        JSON.stringify(parked),
        now,
        JSON.stringify(lifeMs),
      );
      return JSON.parse(standing) as ParkedApp;
    },
    async resume(app) {
      await Promise.all([redis.hdel(parkedKey, app), redis.del(probeKey(app))]);
    },
    async mayProbe(app) {
      return (await redis.set(probeKey(app), 'round', 'PX', probeLeaseMs, 'NX')) !== null;
    },
    async isNewProbe(app, registration) {
      return (
        (await redis.set(`${appPrefix(keyPrefix, app)}probed:${registration}`, '', 'PX', probedMs, 'NX')) !==
        null
      );
    },
    async probePassed(app) {
      const passes = await settle(app, 'passed');
      return passes < 0 ? Infinity : passes; // somebody has resumed it meanwhile
    },
    async probeFailed(app, notBefore = 0) {
      await settle(app, 'failed', Math.min(notBefore, clock() + longestAskedMs));
    },
    async probeNow(app) {
      await redis.del(probeKey(app));
    },
    probeIn: async (app) => Math.max(0, await redis.pttl(probeKey(app))),
  };
}
