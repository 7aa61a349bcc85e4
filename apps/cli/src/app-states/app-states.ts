import { lanes } from '@carillon/core';
import {
  createFuseStore,
  createParking,
  createPauses,
  readBacklog,
  readShards,
  type Backlog,
  type ParkedApp,
  type Pause,
  type RedisClient,
} from '@carillon/queue';
import type { AppConfig, Config } from '@carillon/runtime';

/** What Redis knows of one app at a moment. */
export interface AppState {
  readonly app: Pick<AppConfig, 'name' | 'type' | 'mode'>;
  /** One for each lane, calls first. */
  readonly lanes: readonly Backlog[];
  readonly parked?: ParkedState;
  /** What operators have paused of it. */
  readonly pauses: readonly Pause[];
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
    const shards = await readShards(redis, keyPrefix, config.queue.shards);
    const [pauses, backlog, states] = await Promise.all([
      createPauses(redis, keyPrefix).read(Date.now()),
      readBacklog(redis, { keyPrefix, shards, apps: config.apps }),
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
    return states.map((state) => {
      const own = backlog.filter(({ app }) => app === state.app.name);
      return {
        ...state,
        pauses: pauses.filter(({ app }) => app === state.app.name),
        lanes: own.toSorted((a, b) => lanes.indexOf(a.lane) - lanes.indexOf(b.lane)),
        deadLetters: own.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
      };
    });
  };
}

/** Lanes in which deliveries wait and no worker takes them. */
export function untakenLanes({ lanes: states }: AppState): readonly Backlog[] {
  return states.filter(({ waiting, workers }) => waiting > 0 && workers === 0);
}
