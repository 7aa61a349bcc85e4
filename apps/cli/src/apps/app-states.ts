import { lanes } from '@carillon/core';
import {
  addShards,
  createFuseStore,
  createParking,
  queuesOf,
  readDepths,
  type LaneDepth,
  type ParkedApp,
  type RedisClient,
} from '@carillon/queue';
import type { AppConfig, Config } from '@carillon/runtime';

/** What Redis knows of one app at a moment. */
export interface AppState {
  readonly app: AppConfig;
  /** One for each lane, calls first. */
  readonly lanes: readonly LaneDepth[];
  readonly parked?: ParkedState;
  /** Pushkeys that may be dead and wait in its fuse. */
  readonly suspects: number;
  readonly deadLetters: number;
}

export interface ParkedState extends ParkedApp {
  /** Milliseconds until the next probe may go, 0 for now. */
  readonly probeInMs: number;
}

/** Reads all apps in a few round trips. Rejects when Redis fails. */
export type ReadAppStates = () => Promise<readonly AppState[]>;

export function createAppStateReader(redis: RedisClient, config: Config): ReadAppStates {
  const { keyPrefix } = config.redis;
  const parking = createParking(redis, keyPrefix);
  const fuses = createFuseStore(redis, keyPrefix, config.rejections.fuse);
  return async () => {
    const [depths, states] = await Promise.all([
      readDepths(redis, keyPrefix, config.apps.flatMap(queuesOf)),
      Promise.all(
        config.apps.map(async (app) => {
          const [parked, probeInMs, suspects] = await Promise.all([
            parking.read(app.name),
            parking.probeIn(app.name),
            fuses.suspectsWaiting(app.name),
          ]);
          return { app, suspects, ...(parked !== undefined && { parked: { ...parked, probeInMs } }) };
        }),
      ),
    ]);
    const byLane = addShards(depths);
    return states.map((state) => {
      const own = byLane.filter(({ app }) => app === state.app.name);
      return {
        ...state,
        lanes: own.toSorted((a, b) => lanes.indexOf(a.lane) - lanes.indexOf(b.lane)),
        deadLetters: own.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
      };
    });
  };
}

/** A worker takes what waits at once; what is older waits for a worker that there is not, or that cannot keep up. */
const takenWithinMs = 10_000;

/** Lanes in which deliveries wait and no worker has any: most likely none takes them. */
export function untakenLanes({ lanes: depths, parked }: AppState, now: number): readonly LaneDepth[] {
  if (parked !== undefined) return [];
  return depths.filter(
    ({ waiting, active, oldestAt }) =>
      waiting > 0 && active === 0 && oldestAt !== undefined && now - oldestAt > takenWithinMs,
  );
}
