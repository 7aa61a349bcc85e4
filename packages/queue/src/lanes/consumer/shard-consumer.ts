import { setTimeout as delay } from 'node:timers/promises';
import type { Result } from 'ioredis';
import { parseLaneName, shardPrefix } from '../../layout/keys.ts';
import { defineShardScript } from '../../layout/script.ts';
import type { RedisClient } from '../../redis/redis.ts';
import { createBell } from './bell.ts';
import type { CrashWatch } from './crash-watch.ts';
import { createHandedIn, type Batch } from './handed-in.ts';
import { createInFlight, type Choice } from './in-flight.ts';
import { createOneDelivery, type ConsumerObserver } from './one-delivery.ts';
import { roomOfNewcomers, roomsOf } from './rooms.ts';
import type { ServedQueues } from './served-queues.ts';
import { defineTurn, takeTurn, type Kept, type TakenJob, type Turn } from './turn.ts';
import { findUnheard } from './unheard.ts';

/**
 * Takes the deliveries of one shard, of all queues that the worker serves. Between two turns it
 *
 *   is due    a beat is asked for: something was taken, is done with, rang or came due. At the beat the turn begins
 *   sleeps    nothing is to be taken; the bell, or the time of the next delayed delivery, ends it
 *   pauses    Redis failed, or there is more and no room: a bell would ring without end
 *
 * A delivery that was taken leaves Redis only by the turn that hands it in. A crash at any point leaves it among what the worker
 * holds; another one's turn puts it back when the worker has not been heard of for `lifeMs` (invariants 1 and 10). What it holds
 * without having heard of it, it gives back itself.
 */
export interface ShardConsumer {
  /** Of a queue, deliveries being sent. */
  inFlight(queue: string): number;
  /** Asks for a turn. */
  wake(): void;
  /** The turn that was asked for may begin. */
  beat(): void;
  /** Other queues are served from now on. */
  serveAnew(): void;
  /** Looks over the shard (lua/look.lua), and sees to it that the worker is heard of. Resolves to whether nothing is left on it. */
  look(): Promise<boolean>;
  /** Lets what is in flight of these queues end, and after `graceMs` gives back the rest without spending a try (invariant 11). */
  leave(queues: Choice, graceMs: number): Promise<void>;
  /** Takes nothing more, and leaves all queues. */
  stop(graceMs: number): Promise<void>;
}

export interface ShardConsumerOptions {
  readonly redis: RedisClient;
  readonly keyPrefix: string;
  readonly shard: number;
  /** Names the worker. */
  readonly token: string;
  readonly served: ServedQueues;
  /** Sends in flight of each queue. */
  readonly concurrency: number;
  readonly claimLifeMs: number;
  /** One for all shards: what it starts, it starts alone in its process. */
  readonly crashWatch: CrashWatch;
  readonly observer: ConsumerObserver;
  /** Called with the time of each turn's round trip, for metrics. */
  readonly roundTrip?: ((seconds: number) => void) | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Sees to it that `beat` is called soon. */
  readonly due: () => void;
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonServe(shard: string, bell: string, lifeMs: number, ...queues: string[]): Result<1, Context>;
    carillonLook(
      shard: string,
      bell: string,
      bellLifeMs: number,
      everyMs: number,
    ): Result<[isBellUnknown: 0 | 1, isEmpty: 0 | 1], Context>;
  }
}

/** A crashed worker's deliveries are back after this and another worker's next turn, which comes within 4 s (`look`). */
const lifeMs = 7_000;
export const lookEveryMs = 3_000;
/** A bell of which no worker was heard for so long is silent. */
const bellLifeMs = 20_000;
/** Longest sleep; a lost ring costs no more than this. */
const longestSleepMs = 5_000;
const retryAfterTroubleMs = 500;
/** Another queue's work is noticed this late while one is full. */
const fullPauseMs = 50;
/** Of one turn, so that neither its answer nor what it begins at once is long. */
const roomOfTurn = 256;
/** After so many there will be more by the next beat; after fewer a ring is cheaper than a turn in vain. */
const steadyFrom = 2;

export function createShardConsumer(options: ShardConsumerOptions): ShardConsumer {
  const { redis, served, observer, token } = options;
  defineTurn(redis);
  defineShardScript(redis, 'carillonServe', 'serve');
  defineShardScript(redis, 'carillonLook', 'look');
  const prefix = shardPrefix(options.keyPrefix, options.shard);
  const inFlightKey = `${prefix}in-flight:${token}`;
  const bell = createBell(redis, (error) => observer.trouble(error));
  const inFlight = createInFlight();
  const handedIn = createHandedIn();
  const handleOne = createOneDelivery({
    served,
    inFlight,
    handedIn,
    crashWatch: options.crashWatch,
    now: options.now,
    jobKey: ({ queue, id }) => `${prefix}${queue}:${id}`,
    observer,
  });

  let phase: 'running' | 'stopping' | 'stopped' = 'running';
  let isDue = false;
  let turning: Promise<void> | undefined;
  let sleepsUntil: number | undefined;
  let servedBell: string | undefined; // that Redis knows
  let turnedAt = -Infinity;
  let mayHoldUnheard = false;
  let pause: NodeJS.Timeout | undefined;

  function wake(): void {
    if (phase === 'stopped') return;
    isDue = true;
    options.due();
  }

  function beat(): void {
    if (!isDue || turning !== undefined || phase === 'stopped') return; // the one under way goes on if there is cause
    isDue = false;
    turning = turn().finally(() => {
      turning = undefined;
      if (isDue) options.due();
    });
  }

  /** Never rejects: trouble with Redis is reported, and the turn is tried again. */
  async function turn(): Promise<void> {
    clearTimeout(pause);
    const batch = handedIn.takeAll();
    turnedAt = performance.now();
    try {
      if (servedBell !== served.bell()) await serve();
      const unheard = mayHoldUnheard ? await giveBackUnheard(batch) : [];
      const answer = await takeTurn(redis, prefix, {
        token,
        lifeMs,
        bell: served.bell(),
        room: phase === 'running' ? roomOfTurn : 0,
        roomOfOthers: options.concurrency,
        roomOfNewcomers: roomOfNewcomers(options.concurrency),
        rooms: roomsOf(served, inFlight.counts(), options.concurrency),
        claimLifeMs: options.claimLifeMs,
        finished: batch.finished,
        kept: [...batch.kept, ...unheard],
      });
      mayHoldUnheard = false;
      const tookMs = performance.now() - turnedAt;
      options.roundTrip?.(tookMs / 1_000);
      for (const { queue, count } of answer.recovered) observer.recovered(parseLaneName(queue), count);
      for (const job of tookMs > lifeMs / 2 ? await stillOurs(answer.jobs) : answer.jobs) begin(job);
      goOn(answer);
    } catch (error) {
      handedIn.putBack(batch);
      mayHoldUnheard = true;
      observer.trouble(error);
      pauseFor(retryAfterTroubleMs);
    }
  }

  /** No other turn is under way, so all that was heard of is known. */
  async function giveBackUnheard({ finished, kept }: Batch): Promise<readonly Kept[]> {
    const unheard = await findUnheard(redis, inFlightKey, [...inFlight.jobs(), ...finished, ...kept]);
    for (const [queue, jobs] of Map.groupBy(unheard, (place) => place.queue))
      observer.unheard?.(parseLaneName(queue), jobs.length);
    return unheard.map((place) => ({ ...place, what: 'return' }));
  }

  function begin(job: TakenJob): void {
    const work = handleOne(job).finally(() => {
      inFlight.remove(job);
      wake();
    });
    inFlight.add(job, work);
  }

  function goOn({ state, jobs, nextDueAt }: Turn): void {
    if (!handedIn.isEmpty() || jobs.length >= steadyFrom) wake();
    else if (state === 'full') pauseFor(fullPauseMs);
    else if (phase === 'running') void sleep(nextDueAt);
    if (state === 'hungry') void Promise.resolve(turning).then(hurry);
  }

  /** There is more and room for it: the next turn need not wait for the beat. */
  function hurry(): void {
    isDue = true;
    beat();
  }

  /**
   * What was handed out while this process slept (a blocked event loop, a frozen host) may be another worker's by the
   * time the answer is read; sent by both, it would ring twice.
   */
  async function stillOurs(jobs: readonly TakenJob[]): Promise<readonly TakenJob[]> {
    if (jobs.length === 0) return jobs;
    const ours = await redis.smismember(inFlightKey, ...jobs.map(({ queue, id }) => `${queue}:${id}`));
    return jobs.filter((_, index) => ours[index] === 1);
  }

  function pauseFor(ms: number): void {
    clearTimeout(pause);
    if (phase !== 'stopped') pause = setTimeout(wake, ms);
  }

  /** On the bell, on a connection of its own, until it rings or the next delayed delivery comes due. */
  async function sleep(nextDueAt: number): Promise<void> {
    const now = options.now();
    const untilDueMs = nextDueAt === 0 ? Infinity : Math.max(2, nextDueAt - now);
    if (sleepsUntil !== undefined) {
      if (now + untilDueMs < sleepsUntil) pauseFor(untilDueMs);
      return;
    }
    const ms = Math.min(longestSleepMs, untilDueMs);
    sleepsUntil = now + ms;
    try {
      await bell.wait(`${prefix}bell:${served.bell()}`, ms / 1_000);
      wake();
    } catch (error) {
      if (phase !== 'running') return;
      observer.trouble(error);
      pauseFor(retryAfterTroubleMs);
    } finally {
      sleepsUntil = undefined;
    }
  }

  async function serve(): Promise<void> {
    const told = served.bell();
    await redis.carillonServe(prefix, told, bellLifeMs, ...served.names());
    servedBell = told;
  }

  return {
    inFlight: (queue) => inFlight.counts().get(queue) ?? 0,
    wake,
    beat,
    serveAnew() {
      bell.interrupt();
      wake();
    },
    async look() {
      mayHoldUnheard = true;
      if (performance.now() - turnedAt > lifeMs / 7) wake();
      const [isBellUnknown, isEmpty] = await redis.carillonLook(
        prefix,
        served.bell(),
        bellLifeMs,
        lookEveryMs - 500,
      );
      if (isBellUnknown === 1 && phase === 'running') await serve();
      return isEmpty === 1 && inFlight.isEmpty() && handedIn.isEmpty();
    },
    leave,
    async stop(graceMs) {
      phase = 'stopping';
      bell.interrupt();
      await leave(() => true, graceMs);
      await turning;
      phase = 'stopped';
      clearTimeout(pause);
      const last = {
        token,
        lifeMs: 0,
        bell: served.bell(),
        room: 0,
        roomOfOthers: 0,
        roomOfNewcomers: 0,
        rooms: new Map(),
      };
      await takeTurn(redis, prefix, { ...last, claimLifeMs: options.claimLifeMs, ...handedIn.takeAll() });
    },
  };

  async function leave(queues: Choice, graceMs: number): Promise<void> {
    await turning; // it may bring some
    const jobs = inFlight.of(queues); // not what begins later: an app that has left may be served again
    const waited = new AbortController();
    const grace = delay(graceMs, undefined, { signal: waited.signal }).catch(() => undefined);
    await Promise.race([inFlight.settled(jobs), grace]);
    waited.abort();
    for (const { job, delivery } of inFlight.abandon(jobs)) {
      handedIn.keep({ what: 'return', queue: job.queue, id: job.id });
      if (delivery !== undefined) observer.givenBack?.(delivery);
    }
    wake();
  }
}
