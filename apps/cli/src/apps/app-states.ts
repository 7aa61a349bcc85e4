import { lanes } from '@carillon/core';
import {
  addShards,
  createFuseStore,
  createParking,
  queuesOf,
  readDepths,
  readWorkers,
  workersOf,
  type LaneDepth,
  type ParkedApp,
  type RedisClient,
} from '@carillon/queue';
import type { AppConfig, Config } from '@carillon/runtime';

/** What Redis knows of one app at a moment. */
export interface AppState {
  readonly app: AppConfig;
  /** One for each lane, calls first. */
  readonly lanes: readonly LaneState[];
  readonly parked?: ParkedState;
  /** Pushkeys that may be dead and wait in its fuse. */
  readonly suspects: number;
  readonly deadLetters: number;
}

export interface LaneState extends LaneDepth {
  /** Worker processes that take from it. */
  readonly workers: number;
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
    const [depths, workers, states] = await Promise.all([
      readDepths(redis, keyPrefix, config.apps.flatMap(queuesOf)),
      readWorkers(
        redis,
        keyPrefix,
        config.apps.map(({ name }) => name),
      ),
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
      const takers = workers.find(({ app }) => app === state.app.name);
      const own = byLane
        .filter(({ app }) => app === state.app.name)
        .map((depth) => ({ ...depth, workers: takers === undefined ? 0 : workersOf(takers, depth.lane) }));
      return {
        ...state,
        lanes: own.toSorted((a, b) => lanes.indexOf(a.lane) - lanes.indexOf(b.lane)),
        deadLetters: own.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
      };
    });
  };
}

/** Lanes in which deliveries wait and no worker takes them. */
export function untakenLanes({ lanes: states }: AppState): readonly LaneState[] {
  return states.filter(({ waiting, workers }) => waiting > 0 && workers === 0);
}
