import { randomUUID } from 'node:crypto';
import { decodeDelivery, encodeDelivery, type Delivery } from '@carillon/core';
import { createRedisBackend, Job, Queue } from 'bullmq';
import { createCrashWatch } from './crash-watch.ts';
import { createMarkerWait } from './marker-wait.ts';
import { createPacer } from '../admission/pacer.ts';
import { queueName, type QueueRef } from '../../queue-names.ts';
import type { RedisClient } from '../../redis/redis.ts';
import { turnsAt, type TakenJob } from './turn.ts';

/**
 * Takes the deliveries of one queue, hands each to `handle`, and does with it what `handle` decided.
 *
 * A taken delivery is in one of three states, and leaves Redis only from the last:
 *
 *   sending    `handle` runs; its lock is renewed, so that no other worker takes it
 *   settling   the decision is being written to Redis (delay, give back, bury)
 *   finished   waits for the next turn, which removes it; until then a crash would send it again
 *
 * A crash at any point leaves the job on BullMQ's active list without a lock; any worker's stalled check puts
 * it back within `lockMs` + `stalledCheckMs` (invariants 1 and 10).
 */
export interface LaneConsumer {
  readonly queue: QueueRef;
  /** Deliveries being sent or settled. */
  inFlight(): number;
  start(): void;
  /** Looks again at what `room` allows. */
  poke(): void;
  /**
   * Takes nothing more, lets what is in flight end, and after `graceMs` gives back the rest without spending
   * an attempt (invariant 11).
   */
  stop(graceMs: number): Promise<void>;
}

/** What becomes of a delivery that was taken. */
export type Settlement =
  /** Done with, whatever the outcome: it leaves the queue. */
  | { readonly kind: 'finish' }
  /** Not before `until` (milliseconds since 1970), with what the next try has to know. */
  | { readonly kind: 'delay'; readonly until: number; readonly delivery: Delivery }
  /** Back to the front of its queue as it was. */
  | { readonly kind: 'return' };

export interface LaneConsumerOptions {
  readonly redis: RedisClient;
  readonly keyPrefix: string;
  readonly queue: QueueRef;
  readonly concurrency: number;
  /** When it rejects, the delivery comes again as after a crash, once its lock has run out. */
  readonly handle: (delivery: Delivery) => Promise<Settlement>;
  /** How many more may be taken now; asked before each turn. Default: up to `concurrency`. */
  readonly room?: (inFlight: number) => number;
  readonly observer: LaneObserver;
  /** Least time between two calls to Redis while there is work. */
  readonly turnMs?: number;
  /** Called with the time of each turn's round trip, for metrics. */
  readonly roundTrip?: (seconds: number) => void;
}

export interface LaneObserver {
  /** Redis refused or failed; the consumer goes on trying by itself. */
  trouble(queue: QueueRef, error: unknown): void;
  /** A delivery that cannot be read, or crashed its workers too often, was put among the failed jobs. */
  buried(queue: QueueRef, reason: string, delivery?: Delivery): void;
  /** Deliveries of a crashed or frozen worker were put back. */
  recovered(queue: QueueRef, count: number): void;
  /** One of those was taken again, for the `stalls`th time. */
  retaken?(delivery: Delivery, stalls: number): void;
  /** It was in flight when the consumer was stopped, and went back (invariant 11). */
  givenBack?(delivery: Delivery): void;
}

/** A crashed worker's deliveries are back after at most lock + two checks: 13 s. */
const lockMs = 7_000;
const stalledCheckMs = 3_000;
/** Who makes workers crash is found by the crash watch; this only ends what nothing else ends. */
const maxStalledCount = 100;
/** Longest wait for a marker; a lost wake-up costs no more than this. */
const idleWaitSeconds = 5;
const retryAfterTroubleMs = 500;
/** Buried deliveries that are kept for a look. */
const keptFailures = 1_000;
/** BullMQ notes delays, returns and failures in a stream that nobody here reads. */
const keptEvents = 100;
const defaultTurnMs = 20;

export function createLaneConsumer(options: LaneConsumerOptions): LaneConsumer {
  const { redis, queue, handle, observer } = options;
  const name = queueName(queue);
  const bullOptions = {
    connection: redis,
    prefix: options.keyPrefix,
    maxStalledCount,
    stalledInterval: stalledCheckMs,
    skipVersionCheck: true, // it would print on the console what redis-fitness.ts tells better
  };
  const backend = createRedisBackend(name, bullOptions, { withBlockingConnection: false });
  backend.on('error', (error) => observer.trouble(queue, error));
  const streams = { events: { maxLen: keptEvents } };
  const bullQueue = new Queue(name, { ...bullOptions, streams }, () => backend);
  bullQueue.on('error', () => undefined); // the same error, reported above
  const takeTurn = turnsAt(redis, backend);
  const markerWait = createMarkerWait(redis, backend.keys.marker ?? '', (error) =>
    observer.trouble(queue, error),
  );
  const crashWatch = createCrashWatch(redis);
  // Of the calls that piled up, the newest may still be ringing at the other end.
  const order = queue.lane === 'calls' ? 'newest' : 'oldest';
  const token = randomUUID();

  const active = new Map<string, Promise<void>>();
  const held = new Set<string>(); // given back at the deadline; whatever their sends say comes too late
  let finished: string[] = [];
  let turning: Promise<void> | undefined;
  let waiting = false;
  let stopping = false;
  let stopped = false;
  let wakeAt: NodeJS.Timeout | undefined;
  let renewal: NodeJS.Timeout | undefined;
  let stalledCheck: NodeJS.Timeout | undefined;
  const pacer = createPacer(options.turnMs ?? defaultTurnMs, startTurn);

  function roomNow(): number {
    if (stopping) return 0;
    const free = options.concurrency - active.size;
    return Math.max(0, options.room === undefined ? free : Math.min(free, options.room(active.size)));
  }

  function startTurn(): void {
    if (turning !== undefined || stopped) return; // the one under way starts the next if there is cause
    const room = roomNow();
    if (room === 0 && finished.length === 0) return; // the next finished delivery, or a poke, starts one
    turning = turn(room);
  }

  /** Never rejects: trouble with Redis is reported, and the turn is tried again. */
  async function turn(room: number): Promise<void> {
    const handedIn = finished;
    finished = [];
    const askedAt = performance.now();
    try {
      const { jobs, heldForMs, nextDelayedAt } = await takeTurn({
        token,
        lockMs,
        room,
        order,
        finished: handedIn,
      });
      options.roundTrip?.((performance.now() - askedAt) / 1_000);
      const late = jobs.length > 0 && performance.now() - askedAt > lockMs / 2;
      const ours = late ? await stillOurs(jobs) : jobs;
      turning = undefined;
      for (const job of ours) take(job);
      if (jobs.length > 0 || finished.length > 0) pacer.due();
      else if (heldForMs > 0) wakeIn(heldForMs);
      else if (room > 0) waitForWork(nextDelayedAt);
    } catch (error) {
      turning = undefined;
      finished = handedIn.concat(finished);
      observer.trouble(queue, error);
      wakeIn(retryAfterTroubleMs);
    }
  }

  /**
   * What was handed out while this process slept (a blocked event loop, a frozen host) may be another worker's by the
   * time the answer is read; sent by both, it would ring twice.
   */
  async function stillOurs(jobs: readonly TakenJob[]): Promise<readonly TakenJob[]> {
    const lost = new Set(await extendLocks(jobs.map(({ id }) => id)));
    return jobs.filter(({ id }) => !lost.has(id));
  }

  function wakeIn(ms: number): void {
    clearTimeout(wakeAt);
    if (!stopped) wakeAt = setTimeout(() => pacer.due(), Math.min(ms, idleWaitSeconds * 1_000));
  }

  /** Sleeps on the queue's marker, on a connection of its own, until something is enqueued or comes due. */
  function waitForWork(nextDelayedAt: number): void {
    if (waiting || stopping) return;
    waiting = true;
    const untilDelayed = nextDelayedAt === 0 ? Infinity : (nextDelayedAt - Date.now()) / 1_000;
    markerWait
      .wait(Math.max(0.002, Math.min(idleWaitSeconds, untilDelayed)))
      .then(
        () => pacer.due(),
        (error: unknown) => {
          if (stopping) return;
          observer.trouble(queue, error);
          wakeIn(retryAfterTroubleMs);
        },
      )
      .finally(() => (waiting = false));
  }

  function take(job: TakenJob): void {
    const work = process(job)
      .catch((error: unknown) => observer.trouble(queue, error)) // its lock runs out and it comes again
      .finally(() => {
        active.delete(job.id);
        if (finished.length > 0 || !stopping) pacer.due();
      });
    active.set(job.id, work);
  }

  async function process(job: TakenJob): Promise<void> {
    if (job.data === null) return void finished.push(job.id);
    const delivery = decodeDelivery(job.data);
    if (job.failure !== null) return bury(job.id, job.failure, delivery);
    if (delivery === undefined) return buryUnreadable(job.id, job.data);
    if (job.stalls > 0) observer.retaken?.(delivery, job.stalls);
    const settlement =
      job.stalls === 0
        ? await handle(delivery)
        : await crashWatch.start(backend.toKey(job.id), () => handle(delivery));
    if (settlement === undefined) return bury(job.id, 'crashed its workers', delivery);
    if (held.has(job.id)) return;
    switch (settlement.kind) {
      case 'finish':
        finished.push(job.id);
        return;
      case 'delay': {
        const now = Date.now();
        await backend.moveToDelayed(job.id, now, Math.max(0, settlement.until - now), token, {
          skipAttempt: true,
          fieldsToUpdate: { data: encodeDelivery(settlement.delivery) },
        });
        return;
      }
      case 'return':
        await backend.moveJobFromActiveToWait(job.id, token);
    }
  }

  async function buryUnreadable(id: string, data: string): Promise<void> {
    // BullMQ can only move jobs whose data are JSON, so what is none becomes a JSON text.
    await redis.hset(backend.toKey(id), 'data', JSON.stringify(data));
    return bury(id, 'not a delivery');
  }

  async function bury(id: string, reason: string, delivery?: Delivery): Promise<void> {
    const job = await Job.fromId(bullQueue, id);
    if (job === undefined) return;
    job.opts.removeOnFail = { count: keptFailures };
    await job.moveToFailed(new Error(reason), token);
    observer.buried(queue, reason, delivery);
  }

  async function giveBack(id: string): Promise<void> {
    // Read first: once it is back, another worker may end it at any moment.
    const [data] = await Promise.all([
      observer.givenBack === undefined ? null : redis.hget(backend.toKey(id), 'data'),
      backend.moveJobFromActiveToWait(id, token),
    ]);
    const delivery = data === null ? undefined : decodeDelivery(data);
    if (delivery !== undefined) observer.givenBack?.(delivery);
  }

  async function renewLocks(): Promise<void> {
    const ids = [...active.keys(), ...finished];
    if (ids.length > 0) await extendLocks(ids);
  }

  /** Resolves to those whose lock is not ours any more. */
  function extendLocks(ids: string[]): Promise<string[]> {
    return backend.extendLocks(
      ids,
      ids.map(() => token),
      lockMs,
    );
  }

  async function recoverStalled(): Promise<void> {
    const ids = await backend.moveStalledJobsToWait();
    if (ids.length > 0) observer.recovered(queue, ids.length);
  }

  /** For a timer: never twice at a time, or calls would pile up while Redis is away. */
  function oneAtATime(work: () => Promise<void>): () => void {
    let busy = false;
    return () => {
      if (busy) return;
      busy = true;
      work()
        .catch((error: unknown) => observer.trouble(queue, error))
        .finally(() => (busy = false));
    };
  }

  /** Resolves when nothing is in flight, what a turn under way still brings included. */
  async function settled(): Promise<void> {
    await turning;
    while (active.size > 0) await Promise.all(active.values());
  }

  return {
    queue,
    inFlight: () => active.size,
    start() {
      renewal = setInterval(oneAtATime(renewLocks), lockMs / 3);
      const check = oneAtATime(recoverStalled);
      stalledCheck = setInterval(check, stalledCheckMs);
      check(); // where workers die one after the other, none may live until its first interval
      pacer.due();
    },
    poke: () => pacer.due(),
    async stop(graceMs) {
      stopping = true;
      clearTimeout(wakeAt);
      clearInterval(stalledCheck);
      await within(graceMs, settled());
      for (const id of active.keys()) held.add(id);
      await Promise.allSettled([...held].map(giveBack));
      await turning;
      if (finished.length > 0) await takeTurn({ token, lockMs, room: 0, order, finished });
      stopped = true;
      clearInterval(renewal);
      clearTimeout(wakeAt);
      pacer.stop();
      markerWait.close();
      await backend.close(true);
    },
  };
}

/** Waits for the work, but no longer than `ms`. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
