import { encodeDelivery, isBadgeUpdate, registrationKey, type Delivery } from '@carillon/core';
import type { Result } from 'ioredis';
import { badgeKey, laneName, parseLaneName, shardPrefix, type LaneRef } from '../../layout/keys.ts';
import { defineShardScript } from '../../layout/script.ts';
import type { RedisClient } from '../../redis/redis.ts';
import { createRingLimit, ringCounter, type RingLimit } from './ring-limit.ts';
import { createOtherPlaces, type OtherPlacesOptions } from './other-places.ts';
import { createPacer } from '../pacer.ts';

/** What became of a delivery at the door. */
export type Admission =
  | 'queued'
  | 'duplicate'
  /** Its pushkey is known dead. */
  | 'rejected'
  /** Queued in the place of an older badge update, which nobody needs any more. */
  | 'replaced'
  /** Dropped: of low priority, and the app's backlog is full; or its registration has too many pushes that wait. */
  | 'shed'
  /** Not taken: the app's backlog is full. The homeserver must be told so (invariant 1). */
  | 'backlog_full';

export interface AdmissionRequest {
  readonly delivery: Delivery;
  /** Deliveries that may wait for the app, over all shards. */
  readonly maxBacklog: number;
  /** Bytes of Redis that they may take. Absent where there is no limit. */
  readonly maxBacklogBytes?: number;
  /** One of the pushes that clients send to themselves, of which a registration gets few. */
  readonly isTest?: boolean;
}

export interface AdmissionDesk {
  /**
   * Puts the delivery on its queue, unless it is a duplicate or its pushkey known dead. Rejects within a
   * second when Redis did not confirm: then the homeserver must be told so (invariant 1). It may still have
   * happened; the homeserver's retry is then a duplicate, which is right.
   */
  admit(request: AdmissionRequest): Promise<Admission>;
}

export interface AdmissionOptions extends OtherPlacesOptions {
  /** False as long as Redis may be laid out by another version. Default: always true. */
  readonly mayAdmit?: () => boolean;
  /** Requests that arrive within this time of one another share a round trip to Redis. */
  readonly gatherMs: number;
  /** Pushes to one registration a minute; more wait. Absent where there is no limit. */
  readonly ringsPerMinute?: number;
  /** Deliveries to registrations that are not known made room in the backlog of their app for others. */
  readonly dropped?: (queue: LaneRef, count: number) => void;
  /** Called with the time of each round trip, those included that were given up; for metrics. */
  readonly roundTrip?: (seconds: number) => void;
  /** Milliseconds since 1970; default: the machine's own time. */
  readonly now?: () => number;
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonAdmit(shard: string, ...words: (string | number)[]): Result<(number | string)[], Context>;
  }
}

/** In the order of the numbers that lua/admit.lua returns. */
export const admissions: readonly Admission[] = [
  'queued',
  'duplicate',
  'rejected',
  'replaced',
  'shed',
  'backlog_full',
];

/** ioredis' word for a command that took longer than `commandTimeout`. */
const timedOut = 'Command timed out';

/** So that one call neither holds up Redis nor grows without end. */
const maxBatch = 200;

interface Waiting extends AdmissionRequest {
  readonly resolve: (admission: Admission) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Batches per shard, so that each batch is one atomic script on one Cluster slot, whatever its apps. The first delivery after a
 * quiet moment goes at once; those that come close behind it go together.
 */
export function createAdmissionDesk(redis: RedisClient, options: AdmissionOptions): AdmissionDesk {
  defineShardScript(redis, 'carillonAdmit', 'admit', 'known');
  const { keyPrefix, shards } = options;
  const otherPlaces = createOtherPlaces(redis, options);
  const { ringsPerMinute = Number.POSITIVE_INFINITY } = options;
  const ringLimit = Number.isFinite(ringsPerMinute) ? createRingLimit(ringsPerMinute) : undefined;
  const { now: clock = Date.now, rejectionTtlMs } = options;
  const limits = { ringLimit, ringsPerMinute, rejectionTtlMs, clock };
  const batches = new Map<number, Waiting[]>();
  const pacer = createPacer(options.gatherMs, sendAll);

  function sendAll(): void {
    for (const [shard, waiting] of batches) {
      while (waiting.length > 0) void send(shard, waiting.splice(0, maxBatch));
    }
    batches.clear();
  }

  /** Settles each waiting request; never rejects itself. */
  async function send(shard: number, waiting: readonly Waiting[]): Promise<void> {
    const sentAt = performance.now();
    const roundTripOver = (): void => options.roundTrip?.((performance.now() - sentAt) / 1_000);
    try {
      const prefix = shardPrefix(keyPrefix, shard);
      const results = await redis.carillonAdmit(prefix, ...words(prefix, waiting, shards.current(), limits));
      roundTripOver();
      for (const [index, request] of waiting.entries()) {
        const admission = admissions[Number(results[index] ?? -1)];
        if (admission === undefined) request.reject(new Error('The admission script gave no result'));
        else request.resolve(admission);
      }
      for (let index = waiting.length; index < results.length; index += 2)
        options.dropped?.(parseLaneName(String(results[index])), Number(results[index + 1]));
    } catch (error) {
      if ((error as Error).message === timedOut) roundTripOver();
      for (const request of waiting) request.reject(error);
    }
  }

  function enqueue(request: AdmissionRequest, shard: number): Promise<Admission> {
    return new Promise((resolve, reject) => {
      const waiting = { ...request, resolve, reject };
      const batch = batches.get(shard);
      if (batch === undefined) batches.set(shard, [waiting]);
      else batch.push(waiting);
      pacer.due();
    });
  }

  return {
    async admit(request) {
      if (options.mayAdmit?.() === false) throw new Error('The layout of Redis is not known to be ours');
      const { delivery } = request;
      const { pushkey } = delivery.device;
      // Both at once: while the others are asked, the number to place by may change, and then nobody would ask where it was to go.
      const [place, others] = [shards.placeOf(pushkey), shards.otherPlacesOf(pushkey)];
      if (others.length === 0) return enqueue(request, place);
      return (await otherPlaces.find(delivery, place, others)) ?? enqueue(request, place);
    },
  };
}

interface Limits {
  readonly ringLimit: RingLimit | undefined;
  readonly ringsPerMinute: number;
  readonly rejectionTtlMs: number;
  readonly clock: () => number;
}

function counted(counter: number | undefined): string {
  return counter === undefined ? '' : `pushes ${counter}`;
}

/** The arguments of lua/admit.lua. */
function words(
  prefix: string,
  waiting: readonly Waiting[],
  shards: number,
  { ringLimit, ringsPerMinute, rejectionTtlMs, clock }: Limits,
): (string | number)[] {
  const now = clock();
  const numbers = new Map<string, number>();
  const queues: (string | number)[] = [];
  const deliveries: (string | number)[] = [];
  for (const { delivery, maxBacklog, maxBacklogBytes = Number.MAX_SAFE_INTEGER, isTest = false } of waiting) {
    const name = laneName(delivery);
    const registration = registrationKey(delivery.device);
    let number = numbers.get(name);
    if (number === undefined) {
      numbers.set(name, (number = numbers.size + 1));
      queues.push(name, Math.ceil(maxBacklog / shards), Math.ceil(maxBacklogBytes / shards));
    }
    deliveries.push(
      number,
      delivery.id,
      delivery.unclaimed === true ? '' : '1',
      registration,
      delivery.device.pushkeyTs ?? '',
      encodeDelivery(delivery),
      isBadgeUpdate(delivery.notification)
        ? `${Math.max(1, delivery.expiresAt - now)} ${badgeKey(prefix, delivery)}`
        : '',
      delivery.traceContext === undefined ? '' : JSON.stringify({ tm: delivery.traceContext }),
      isTest
        ? `tests ${ringCounter(registration)}`
        : counted(delivery.lane === 'calls' ? undefined : ringLimit?.counterOf(registration)),
    );
  }
  const ringEveryMs = Math.ceil(60_000 / ringsPerMinute);
  return [numbers.size, ...queues, rejectionTtlMs, ringEveryMs, ...deliveries];
}
