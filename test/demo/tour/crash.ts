import { connectPatiently, readDepths } from '@carillon/queue';
import { localRedis } from '../../redis/private-server.ts';
import type { Started } from '../installation/installation.ts';
import { readMetric } from '../installation/ops-page.ts';
import { seconds, until, within } from '../waits.ts';
import { burstSize, startBurst, type Burst } from './burst.ts';
import { ringOf, route } from './deliver.ts';
import { judgeBurst, type RungMessage } from './judge-burst.ts';
import type { Stage } from './stage.ts';

/** How long the locks of a dead worker keep its deliveries from the others, at most. */
const recoveryMs = 13_000;
/** What a worker should hold when it dies, so that there is something to see; anything will do after a while. */
const worthKilling = 3;
/** Redelivered messages that are shown one by one. */
const shown = 3;

/** A worker is killed in the midst of a burst: the other one takes over, and nothing is lost. */
export async function showCrash(stage: Stage): Promise<void> {
  const { installation, screen, signal, tally, rings } = stage;
  screen.heading('4. A worker dies, nothing is lost');
  screen.say(`A burst of ${burstSize} messages; in its midst one of the two workers is killed with kill -9.`);

  const burst = startBurst(stage);
  const victim = await busyWorker(stage, burst);
  await installation.killWorker(victim.worker);
  const killedAt = performance.now();
  burst.enough();
  screen.event({
    mark: 'bad',
    who: victim.worker.child.name,
    text: `kill -9 after ${burst.answered.length} messages, with about ${victim.inFlight} in its hands`,
  });
  await within(burst.ended, { what: 'The end of the burst', withinMs: 120_000, signal });
  await allSettled(stage, burst, killedAt);
  for (const message of burst.answered) await ringOf(stage, message);

  const { late, again, ringMs } = judgeBurst(burst.answered, rings, killedAt);
  showRedelivered(stage, late, 'rings first now');
  showRedelivered(stage, again, 'again, same identity');
  tally.messages.push(...burst.answered);
  tally.ringMs.push(...ringMs);
  tally.redelivered += late.length + again.length;
  tally.replaced += again.length;
  const held =
    late.length + again.length === 0
      ? 'it held nothing when it died'
      : `${late.length + again.length} redelivered`;
  screen.event({
    mark: 'good',
    who: 'All',
    text: `${burst.answered.length} messages rang`,
    end: `lost 0, ${held}`,
  });

  const next = await installation.startWorker();
  screen.event({
    mark: 'news',
    who: next.child.name,
    text: `takes the place of ${victim.worker.child.name}`,
  });
}

/** Waits until the burst is well under way and a worker has deliveries in its hands. */
async function busyWorker(
  { installation: { workers }, signal }: Stage,
  burst: Burst,
): Promise<{ readonly worker: Started; readonly inFlight: number }> {
  const find = async () => {
    if (burst.answered.length < burstSize / 4) return undefined;
    const readings = await Promise.all(
      workers.map(async (worker) => ({
        worker,
        inFlight: await readMetric(worker.opsUrl, 'carillon_in_flight'),
      })),
    );
    const wanted = burst.answered.length < burstSize ? worthKilling : 1;
    const [busiest] = readings.toSorted((a, b) => b.inFlight - a.inFlight);
    return busiest !== undefined && busiest.inFlight >= wanted ? busiest : undefined;
  };
  const found = until(find, { what: 'A worker with deliveries in its hands', withinMs: 60_000, signal }, 5);
  // A burst that fails has the better word on why.
  return Promise.race([found, burst.ended.then(() => found)]);
}

/** Waits until nothing is on the queues any more, those of the dead worker included. */
async function allSettled(
  { installation, screen, signal, rings }: Stage,
  burst: Burst,
  killedAt: number,
): Promise<void> {
  const redis = connectPatiently(localRedis(Number(new URL(installation.redisUrl).port)));
  redis.on('error', () => undefined); // its commands tell
  const total = burst.answered.length;
  screen.say(`What the dead worker held comes back when its locks run out: within ${seconds(recoveryMs)}.`);
  try {
    await until(
      async () => {
        const depths = await readDepths(redis, 'carillon', [0]);
        const left = depths.reduce(
          (sum, { waiting, delayed, active }) => sum + waiting + delayed + active,
          0,
        );
        const rung = burst.answered.filter(({ eventId }) => rings.of(eventId).length > 0).length;
        screen.progress(
          `${rung} of ${total} have rung · ${left} on the queue · ${seconds(performance.now() - killedAt)}`,
        );
        return left === 0 ? true : undefined;
      },
      { what: 'The return of what the dead worker held', withinMs: 3 * recoveryMs, signal },
      200,
    );
  } finally {
    redis.disconnect();
    screen.close();
  }
}

function showRedelivered({ screen }: Stage, messages: readonly RungMessage[], how: string): void {
  for (const { message, ms } of messages.slice(0, shown)) {
    const { from, to, text } = message;
    screen.event({
      mark: 'good',
      who: route(from, to),
      text: `“${text}” ${how}`,
      end: `after ${seconds(ms)}`,
    });
  }
  const more = messages.length - shown;
  if (more > 0) screen.event({ mark: 'good', who: '', text: `and ${more} more: ${how}` });
}
