import { lanes, type Lane, type Provider } from '@carillon/core';
import {
  createBadges,
  sendReply,
  type Consumer,
  type FuseStore,
  type Parking,
  type Pause,
  type RedisClient,
  type Rejections,
  type Shards,
} from '@carillon/queue';
import type { OpenTelemetry } from '@carillon/runtime';
import { createAppBreaker } from '../health/app-breaker.ts';
import { createAppFuse } from '../health/app-fuse.ts';
import { createAppGate } from '../health/app-gate.ts';
import type { KnownHere } from '../health/known-here.ts';
import { createDeliveryHandler } from '../delivery/delivery-handler.ts';
import { createDeliverySpans, type RecordedApp } from '../delivery/delivery-spans.ts';
import type { WorkerObserver } from '../delivery/observer.ts';
import type { PausedLanes } from './paused-lanes.ts';

export interface AppWorkerOptions {
  readonly app: RecordedApp;
  /** Whether nothing is to be sent, asked for each delivery. */
  readonly isDryRun: () => boolean;
  readonly provider: Provider;
  readonly lanes: readonly Lane[];
  /** Sends in flight per lane, for metrics. */
  readonly concurrency: number;
  readonly consumer: Consumer;
  readonly shards: Shards;
  readonly redis: RedisClient;
  readonly keyPrefix: string;
  readonly parking: Parking;
  readonly rejections: Rejections;
  readonly fuses: FuseStore;
  /** One for all apps. */
  readonly knownHere: KnownHere;
  /** Milliseconds that a suspect waits. */
  readonly fuseWindowMs: number;
  readonly paused: PausedLanes;
  readonly observer: WorkerObserver;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Undefined where no spans are recorded. */
  readonly openTelemetry: OpenTelemetry | undefined;
}

/** Everything of one app in this worker: its queues, its gate, its fuse. Apps share nothing but Redis (invariant 8). */
export interface AppWorker {
  readonly lanes: readonly Lane[];
  /** Looks at what all workers share, and hands in what this one saw. */
  tick(): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

export function startAppWorker(options: AppWorkerOptions): AppWorker {
  const { app, redis, keyPrefix, parking, paused, rejections, shards } = options;
  const spans = createDeliverySpans(options.openTelemetry, app, shards);
  const observer = spans.observer(options.observer);
  const gate = createAppGate({ app: app.name, parking, observer, changed: () => serving.poke() });
  const fuse = createAppFuse({
    app: app.name,
    shards,
    store: options.fuses,
    rejections,
    windowMs: options.fuseWindowMs,
    recorded: (name, reason) => observer.rejectionRecorded(name, reason),
    isParked: () => gate.parkedFor() === 'fuse' || gate.parkedFor() === 'misconfigured',
  });
  const handle = spans.handler(
    createDeliveryHandler({
      app: app.name,
      isDryRun: options.isDryRun,
      provider: spans.provider(options.provider),
      gate,
      breaker: createAppBreaker(),
      fuse,
      knownHere: options.knownHere,
      fuseWindowMs: options.fuseWindowMs,
      rejections,
      badges: createBadges(redis, { keyPrefix, shards }),
      observer,
      now: options.now,
      reply: (replyTo, reply) => sendReply(redis, replyTo, reply),
    }),
  );
  const serving = options.consumer.serve({
    app: app.name,
    lanes: options.lanes,
    handle,
    room: (inFlight, ofNewcomers, lane) =>
      paused.mayTake(app.name, lane) ? gate.room(inFlight, ofNewcomers) : 0,
  });

  const told = new Map<Lane, Pause>();
  function tellPauses(): void {
    for (const lane of options.lanes) {
      const [before, now] = [told.get(lane), paused.of(app.name, lane)];
      if (now === undefined) told.delete(lane);
      else told.set(lane, now);
      if (before === undefined && now !== undefined) observer.paused(app.name, lane, now);
      if (before !== undefined && now === undefined) observer.unpaused(app.name, lane, before);
    }
    serving.poke();
  }
  const unsubscribe = paused.subscribe(tellPauses);
  tellPauses();

  // A worker that was just started may have mended credentials: whatever is parked is probed at once.
  parking.probeNow(app.name).catch((error: unknown) => observer.trouble(error));

  return {
    lanes: options.lanes,
    async tick() {
      for (const lane of lanes) {
        const limit = options.lanes.includes(lane) ? options.concurrency : 0;
        observer.inFlight(app.name, lane, serving.inFlight(lane), limit);
      }
      await gate.look();
      const cause = await fuse.tick(options.now());
      if (cause !== undefined) await gate.park(cause);
    },
    async stop(graceMs) {
      unsubscribe();
      await serving.end(graceMs);
      await Promise.all([options.knownHere.tick(), fuse.end(options.now())]);
    },
  };
}
