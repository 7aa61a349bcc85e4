import { readRedisTime, type RedisClient } from '@carillon/queue';
import type { Config } from '@carillon/runtime';
import { createAppStateReader } from '../app-states/app-states.ts';
import { checked } from './finding.ts';
import {
  judgeDeadLetters,
  judgeParked,
  judgePauses,
  judgePutOff,
  judgeQueue,
  judgeWorkers,
} from './judge-state.ts';
import type { Look } from './look.ts';

/** Looks at what is going on now: parked and held apps, what waits and since when, who takes it, what was given up. */
export async function checkState(redis: RedisClient, config: Config): Promise<Look> {
  const [states, now] = await Promise.all([
    createAppStateReader(redis, config)(),
    readRedisTime(redis, config.redis.keyPrefix),
  ]);
  return {
    findings: [
      ...checked(
        'parked',
        states.flatMap((state) => judgeParked(state, now)),
      ),
      ...checked(
        'paused',
        states.flatMap((state) => judgePauses(state, now)),
      ),
      ...checked(
        'queue',
        states.flatMap((state) => [...judgeQueue(state, now), ...judgePutOff(state, now)]),
      ),
      ...checked('workers', judgeWorkers(states)),
      ...checked('dead_letters', states.flatMap(judgeDeadLetters)),
    ],
    clocks: [],
  };
}
