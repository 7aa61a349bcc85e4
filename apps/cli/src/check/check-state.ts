import {
  createParking,
  queueName,
  queuesOf,
  readBacklog,
  type Backlog,
  type ParkedApp,
  type RedisClient,
} from '@carillon/queue';
import type { AppConfig } from '@carillon/runtime';
import { checked } from './finding.ts';
import { judgeParked, judgeQueue, judgeWorkers, type AppState } from './judge-state.ts';
import type { Look } from './look.ts';

/** Looks at what is going on now: held apps, what waits and since when, who takes it, what was given up. */
export async function checkState(
  redis: RedisClient,
  keyPrefix: string,
  apps: readonly AppConfig[],
): Promise<Look> {
  const parking = createParking(redis, keyPrefix);
  const [backlog, parked, deadLetters] = await Promise.all([
    readBacklog(redis, keyPrefix, apps),
    Promise.all(apps.map(({ name }) => parking.read(name))),
    Promise.all(apps.map((app) => countDeadLetters(redis, keyPrefix, app))),
  ]);
  const states = apps.map(({ name }, index): AppState =>
    stateOf(name, backlog, parked[index], deadLetters[index]),
  );
  const now = Date.now();
  const dead = states.filter((state) => state.deadLetters > 0);
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
      ...checked(
        'dead_letters',
        dead.map(({ app, deadLetters: count }) => ({
          kind: 'warning',
          what: `apps.${app}`,
          detail: `${count} ${count === 1 ? 'delivery' : 'deliveries'} given up: not readable, or crashed their workers`,
          cure: 'the log of the workers has the reason; look at them among the failed jobs of its queues (docs/troubleshooting.md)',
        })),
      ),
    ],
    clocks: [],
  };
}

function stateOf(
  app: string,
  backlog: readonly Backlog[],
  parked: ParkedApp | undefined,
  deadLetters = 0,
): AppState {
  return { app, lines: backlog.filter((line) => line.app === app), parked, deadLetters };
}

async function countDeadLetters(redis: RedisClient, keyPrefix: string, app: AppConfig): Promise<number> {
  const counts = await Promise.all(
    queuesOf(app).map((queue) => redis.zcard(`${keyPrefix}:${queueName(queue)}:failed`)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
