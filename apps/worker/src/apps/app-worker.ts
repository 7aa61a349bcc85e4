import { lanes, type Lane, type Provider } from '@carillon/core';
import {
  createBadges,
  createLaneConsumer,
  sendReply,
  type FuseStore,
  type KnownRegistrations,
  type Parking,
  type Pause,
  type QueueRef,
  type RedisClient,
  type Rejections,
} from '@carillon/queue';
import type { OpenTelemetry } from '@carillon/runtime';
import { createAppBreaker } from '../health/app-breaker.ts';
import { createAppFuse } from '../health/app-fuse.ts';
import { createAppGate } from '../health/app-gate.ts';
import { createNewcomers } from '../health/newcomers.ts';
import { createDeliveryHandler } from '../delivery/delivery-handler.ts';
import { createDeliverySpans, type RecordedApp } from '../delivery/delivery-spans.ts';
import type { WorkerObserver } from '../delivery/observer.ts';
import type { PausedLanes } from './paused-lanes.ts';

export interface AppWorkerOptions {
  readonly app: RecordedApp;
  readonly provider: Provider;
  readonly queues: readonly QueueRef[];
  /** Sends in flight per lane, spread over the app's shards. */
  readonly concurrency: number;
  readonly redis: RedisClient;
  readonly keyPrefix: string;
  readonly parking: Parking;
  readonly rejections: Rejections;
  readonly fuses: FuseStore;
  readonly known: KnownRegistrations;
  /** Milliseconds that a suspect waits. */
  readonly fuseWindowMs: number;
  readonly paused: PausedLanes;
  readonly observer: WorkerObserver;
  /** Called with the time of each turn's round trip to Redis. */
  readonly roundTrip: (seconds: number) => void;
  /** Undefined where no spans are recorded. */
  readonly openTelemetry: OpenTelemetry | undefined;
}

/** Everything of one app in this worker: its queues, its gate, its fuse. Apps share nothing but Redis (invariant 8). */
export interface AppWorker {
  readonly queues: readonly QueueRef[];
  /** Looks at what all workers share, and hands in what this one saw. */
  tick(): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

export function startAppWorker(options: AppWorkerOptions): AppWorker {
  const { app, queues, redis, keyPrefix, parking, paused, rejections } = options;
  const spans = createDeliverySpans(options.openTelemetry, app);
  const observer = spans.observer(options.observer);
  const gate = createAppGate({ app: app.name, parking, observer, changed: () => poke() });
  const fuse = createAppFuse({
    app: app.name,
    shards: app.shards,
    store: options.fuses,
    rejections,
    recorded: (name, reason) => observer.rejectionRecorded(name, reason),
    isParked: () => gate.parkedFor() === 'fuse' || gate.parkedFor() === 'misconfigured',
  });
  const newcomers = createNewcomers({ app: app.name, shards: app.shards, known: options.known });
  const handle = spans.handler(
    createDeliveryHandler({
      app: app.name,
      shards: app.shards,
      provider: spans.provider(options.provider),
      gate,
      breaker: createAppBreaker(),
      fuse,
      newcomers,
      fuseWindowMs: options.fuseWindowMs,
      rejections,
      badges: createBadges(redis, keyPrefix),
      observer,
      reply: (replyTo, reply) => sendReply(redis, replyTo, reply),
    }),
  );
  const concurrency = Math.ceil(options.concurrency / app.shards);
  const consumers = queues.map((queue) =>
    createLaneConsumer({
      redis,
      keyPrefix,
      queue,
      concurrency,
      handle,
      room: (inFlight) => (paused.mayTake(app.name, queue.lane) ? gate.room(inFlight) : 0),
      observer,
      roundTrip: options.roundTrip,
    }),
  );

  function poke(): void {
    for (const consumer of consumers) consumer.poke();
  }

  function tellInFlight(lane: Lane): void {
    const ofLane = consumers.filter(({ queue }) => queue.lane === lane);
    const held = ofLane.reduce((sum, one) => sum + one.inFlight(), 0);
    observer.inFlight(app.name, lane, held, ofLane.length * concurrency);
  }

  // A worker that was just started may have mended credentials: whatever is parked is probed at once.
  parking.probeNow(app.name).catch((error: unknown) => report(error));
  for (const consumer of consumers) consumer.start();

  const told = new Map<Lane, Pause>();
  function tellPauses(): void {
    for (const lane of new Set(queues.map((queue) => queue.lane))) {
      const [before, now] = [told.get(lane), paused.of(app.name, lane)];
      if (now === undefined) told.delete(lane);
      else told.set(lane, now);
      if (before === undefined && now !== undefined) observer.paused(app.name, lane, now);
      if (before !== undefined && now === undefined) observer.unpaused(app.name, lane, before);
    }
    poke();
  }
  const unsubscribe = paused.subscribe(tellPauses);
  tellPauses();

  function report(error: unknown): void {
    const [first] = queues;
    if (first !== undefined) observer.trouble(first, error);
  }

  return {
    queues,
    async tick() {
      for (const lane of lanes) tellInFlight(lane);
      await gate.look();
      await newcomers.tick();
      const cause = await fuse.tick(Date.now());
      if (cause !== undefined) await gate.park(cause);
    },
    async stop(graceMs) {
      unsubscribe();
      await Promise.all(consumers.map((consumer) => consumer.stop(graceMs)));
      await Promise.all([newcomers.tick(), fuse.tick(Date.now())]);
    },
  };
}
