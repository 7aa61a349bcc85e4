import type { Dead, Delivered, Delivery, Later, Misconfigured, Outcome, Provider } from '@carillon/core';
import {
  connectPatiently,
  createAdmissionDesk,
  createBadges,
  createFuseStore,
  createKnownRegistrations,
  createParking,
  createRejections,
  fixedShards,
  queueName,
  type FuseSettings,
  type Parking,
  type Reply,
} from '@carillon/queue';
import type { PrivateRedis } from '../../../../test/redis/private-redis.ts';
import { createAppBreaker } from '../health/app-breaker.ts';
import { createAppFuse } from '../health/app-fuse.ts';
import { createAppGate } from '../health/app-gate.ts';
import { createKnownHere } from '../health/known-here.ts';
import { createDeliveryHandler } from './delivery-handler.ts';
import type { SettledResult } from './observer.ts';

let prefixes = 0;
export const app = 'com.example.app';

/** A handler of one app on keys of its own, whose provider answers what the test says. */
export function setup(server: PrivateRedis, fuseSettings: Partial<FuseSettings> = {}) {
  const keyPrefix = `t${prefixes++}`;
  return {
    ...worker(server, keyPrefix, fuseSettings),
    dryRun: () => worker(server, keyPrefix, fuseSettings, true),
    anotherWorker: () => worker(server, keyPrefix, fuseSettings),
  };
}

function worker(
  server: PrivateRedis,
  keyPrefix: string,
  fuseSettings: Partial<FuseSettings>,
  dryRun = false,
) {
  const shards = fixedShards(1);
  const redis = connectPatiently(server.settings);
  const sharedParking = createParking(redis, keyPrefix);
  let asProbePasses: (() => Promise<void>) | undefined;
  const parking: Parking = {
    ...sharedParking,
    async probePassed(name) {
      const passes = await sharedParking.probePassed(name);
      const happens = asProbePasses;
      asProbePasses = undefined;
      await happens?.();
      return passes;
    },
  };
  const rejections = createRejections(redis, { keyPrefix, shards, ttlMs: 60_000 });
  const store = createFuseStore(redis, keyPrefix, {
    windowMs: 10_000,
    minSamples: 50,
    share: 0.5,
    ...fuseSettings,
  });
  const sends: Delivery[] = [];
  const settled: SettledResult[] = [];
  const replies: Reply[] = [];
  let answer: (sent: Delivery) => Outcome = () => delivered;
  const provider: Provider = {
    send(sent) {
      sends.push(sent);
      return Promise.resolve(answer(sent));
    },
    close: () => Promise.resolve(),
  };
  const observer = {
    trouble: () => undefined,
    deadLettered: () => undefined,
    recovered: () => undefined,
    sent: () => undefined,
    settled: (_delivery: Delivery, result: SettledResult) => settled.push(result),
    requeued: () => undefined,
    inFlight: () => undefined,
    rejectionRecorded: () => undefined,
    suspected: () => undefined,
    parked: () => undefined,
    resumed: () => undefined,
    paused: () => undefined,
    unpaused: () => undefined,
  };
  const gate = createAppGate({ app, parking, observer, changed: () => undefined });
  const known = createKnownRegistrations(redis, keyPrefix);
  const knownHere = createKnownHere({ shards, known });
  const fuse = createAppFuse({
    app,
    shards,
    store,
    rejections,
    windowMs: fuseSettings.windowMs ?? 10_000,
    recorded: () => undefined,
    isParked: () => gate.parkedFor() === 'fuse' || gate.parkedFor() === 'misconfigured',
  });
  const handle = createDeliveryHandler({
    app,
    isDryRun: () => dryRun,
    provider,
    gate,
    breaker: createAppBreaker(),
    fuse,
    knownHere,
    fuseWindowMs: fuseSettings.windowMs ?? 10_000,
    rejections,
    badges: createBadges(redis, { keyPrefix, shards }),
    observer,
    now: Date.now,
    reply: (_replyTo, reply) => Promise.resolve(void replies.push(reply)),
  });
  return {
    handle,
    gate,
    fuse,
    knownHere,
    parking,
    rejections,
    desk: createAdmissionDesk(redis, { keyPrefix, shards, rejectionTtlMs: 60_000, gatherMs: 0 }),
    /** As a worker's turn marks a badge update that it takes. */
    beingSent: ({ id, lane }: Delivery) =>
      redis.hset(`${keyPrefix}:${queueName({ app, lane, shard: 0 })}:${id}`, 'processedOn', 1),
    commandStats: () => redis.info('commandstats'),
    sends,
    settled,
    replies,
    answerWith: (next: Outcome | ((sent: Delivery) => Outcome)) => {
      answer = typeof next === 'function' ? next : () => next;
    },
    /** Happens while Redis is told of the next probe that gets through. */
    asNextProbePasses: (happens: () => Promise<void>) => void (asProbePasses = happens),
    /** A look at what all workers share, with a round of probes. */
    async lookWithProbes() {
      await parking.probeNow(app);
      await gate.look();
    },
    /** A push for each of the phones is accepted, so that they are known. */
    async know(phones: readonly number[]) {
      answer = () => delivered;
      for (const n of phones) await handle(delivery({ device: phone(n) }));
      await knownHere.tick();
      await fuse.tick(Date.now());
      // What is sent next is sent later, as the clock tells it.
      const now = Date.now();
      while (Date.now() === now) await new Promise((resolve) => setImmediate(resolve));
    },
    [Symbol.dispose]: () => redis.disconnect(),
  };
}

export function delivery(overrides: Partial<Delivery> = {}): Delivery {
  const now = Date.now();
  return {
    id: 'AAAAAAAAAAAAAAAAAAAAAA',
    app,
    lane: 'high',
    acceptedAt: now,
    expiresAt: now + 3_600_000,
    tries: 0,
    notification: { eventId: '$1', prio: 'high' },
    device: { appId: app, pushkey: 'key', pushkeyTs: 100 },
    ...overrides,
  };
}

export const phone = (n: number) => ({ appId: app, pushkey: `key${n}`, pushkeyTs: 100 });
export const phones = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

export const delivered: Delivered = { kind: 'delivered', reason: 'ok', sent: true };
export const dead: Outcome = { kind: 'dead', reason: 'Unregistered', sent: true, suspect: false };
export const suspect: Dead = { kind: 'dead', reason: 'BadDeviceToken', sent: true, suspect: true };
export const later: Later = {
  kind: 'later',
  reason: 'ServiceUnavailable',
  sent: true,
  backoff: 'outage',
  scope: 'provider',
  spendsTry: true,
};
export const misconfigured: Misconfigured = {
  kind: 'misconfigured',
  reason: 'InvalidProviderToken',
  sent: true,
  speaksFor: 'app',
  cure: 'mend the key',
};
export const waved = { kind: 'fuse', reason: 'fuse', cure: 'mend the topic' } as const;
export const outage = { kind: 'outage', reason: 'ServiceUnavailable', cure: 'wait' } as const;
export const finished = { kind: 'finish' };

export type Setup = ReturnType<typeof worker>;
