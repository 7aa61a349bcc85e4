import { createParking, readBacklog, type RedisClient } from '@carillon/queue';
import type { AppConfig } from '@carillon/runtime';
import { checked } from './finding.ts';
import { judgeDeadLetters, judgeParked, judgeQueue, judgeWorkers, type AppState } from './judge-state.ts';
import type { Look } from './look.ts';

/** Looks at what is going on now: held apps, what waits and since when, who takes it, what was given up. */
export async function checkState(
  redis: RedisClient,
  keyPrefix: string,
  apps: readonly AppConfig[],
): Promise<Look> {
  const parking = createParking(redis, keyPrefix);
  const [backlog, parked] = await Promise.all([
    readBacklog(redis, keyPrefix, apps),
    Promise.all(apps.map(({ name }) => parking.read(name))),
  ]);
  const states = apps.map(({ name }, index): AppState => ({
    app: name,
    lines: backlog.filter(({ app }) => app === name),
    parked: parked[index],
  }));
  const now = Date.now();
  return {
    findings: [
      ...checked(
        'parked',
        states.flatMap((state) => judgeParked(state, now)),
      ),
      ...checked(
        'queue',
        states.flatMap((state) => judgeQueue(state, now)),
      ),
      ...checked('workers', judgeWorkers(states)),
      ...checked('dead_letters', states.flatMap(judgeDeadLetters)),
    ],
    clocks: [],
  };
}
