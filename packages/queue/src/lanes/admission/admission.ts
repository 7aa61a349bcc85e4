import { readFileSync } from 'node:fs';
import { encodeDelivery, isBadgeUpdate, registrationKey, type Delivery } from '@carillon/core';
import type { Result } from 'ioredis';
import { createPacer } from './pacer.ts';
import { badgeKey, claimKey, rejectionKey, shardOf, shardPrefix } from '../../queue-names.ts';
import type { RedisClient } from '../../redis/redis.ts';

/** What became of a delivery at the door. */
export type Admission =
  | 'queued'
  | 'duplicate'
  /** Its pushkey is known dead. */
  | 'rejected'
  /** Queued in the place of an older badge update, which nobody needs any more. */
  | 'replaced'
  /** Dropped: of low priority, and the app's backlog is full. */
  | 'shed'
  /** Not taken: the app's backlog is full. The homeserver must be told so (invariant 1). */
  | 'backlog_full';

export interface AdmissionRequest {
  readonly delivery: Delivery;
  /** Shards of the delivery's app. */
  readonly shards: number;
  /** Whether `delivery.id` is claimed, so that a second one is a duplicate. False for badge updates. */
  readonly claim: boolean;
  /** Deliveries that may wait for the app, over all its shards. */
  readonly maxBacklog: number;
}

export interface AdmissionDesk {
  /**
   * Puts the delivery on its queue, unless it is a duplicate or its pushkey known dead. Rejects within a
   * second when Redis did not confirm: then the homeserver must be told so (invariant 1). It may still have
   * happened; the homeserver's retry then meets its own claim, which is right.
   */
  admit(request: AdmissionRequest): Promise<Admission>;
}

export interface AdmissionOptions {
  readonly keyPrefix: string;
  readonly dedupWindowMs: number;
  /** Requests that arrive within this time of one another share a round trip to Redis. */
  readonly gatherMs: number;
  /** Called with the time of each round trip, those included that were given up; for metrics. */
  readonly roundTrip?: (seconds: number) => void;
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonAdmit(numberOfKeys: number, ...keysAndArguments: (string | number)[]): Result<number[], Context>;
  }
}

const script = readFileSync(new URL('../../lua/admit.lua', import.meta.url), 'utf8');
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

interface Batch {
  readonly prefix: string;
  waiting: Waiting[];
}

/**
 * Batches per shard, so that each batch is one atomic script on one Cluster slot. The first delivery after a
 * quiet moment goes at once; those that come close behind it go together.
 */
export function createAdmissionDesk(redis: RedisClient, options: AdmissionOptions): AdmissionDesk {
  redis.defineCommand('carillonAdmit', { lua: script });
  const batches = new Map<string, Batch>();
  const pacer = createPacer(options.gatherMs, sendAll);

  function sendAll(): void {
    for (const batch of batches.values()) {
      while (batch.waiting.length > 0) void send(batch.prefix, batch.waiting.splice(0, maxBatch));
    }
    batches.clear();
  }

  /** Settles each waiting request; never rejects itself. */
  async function send(prefix: string, waiting: readonly Waiting[]): Promise<void> {
    const sentAt = performance.now();
    const roundTripOver = (): void => options.roundTrip?.((performance.now() - sentAt) / 1_000);
    try {
      const { keys, args } = scriptArguments(prefix, waiting, options);
      const results = await redis.carillonAdmit(keys.length, ...keys, ...args);
      roundTripOver();
      for (const [index, request] of waiting.entries()) {
        const admission = admissions[results[index] ?? -1];
        if (admission === undefined) request.reject(new Error('The admission script gave no result'));
        else request.resolve(admission);
      }
    } catch (error) {
      if ((error as Error).message === timedOut) roundTripOver();
      for (const request of waiting) request.reject(error);
    }
  }

  return {
    admit: (request) =>
      new Promise((resolve, reject) => {
        const { app, device } = request.delivery;
        const prefix = shardPrefix(options.keyPrefix, {
          app,
          shard: shardOf(device.pushkey, request.shards),
        });
        let batch = batches.get(prefix);
        if (batch === undefined) batches.set(prefix, (batch = { prefix, waiting: [] }));
        batch.waiting.push({ ...request, resolve, reject });
        pacer.due();
      }),
  };
}

function scriptArguments(prefix: string, waiting: readonly Waiting[], options: AdmissionOptions) {
  const laneNumbers = new Map<string, number>();
  const keys: string[] = [];
  const now = Date.now();
  const { maxBacklog = 0, shards = 1 } = waiting[0] ?? {}; // all are of one app
  const args: (string | number)[] = [now, options.dedupWindowMs, prefix, Math.ceil(maxBacklog / shards)];
  for (const { delivery, claim } of waiting) {
    let number = laneNumbers.get(delivery.lane);
    if (number === undefined) {
      laneNumbers.set(delivery.lane, (number = laneNumbers.size + 1));
      const queue = `${prefix}${delivery.lane}`;
      keys.push(`${queue}:wait`, `${queue}:meta`, `${queue}:id`, `${queue}:marker`);
    }
    args.push(
      number,
      claim ? claimKey(prefix, delivery.id) : '',
      rejectionKey(prefix, registrationKey(delivery.device)),
      delivery.device.pushkeyTs ?? '',
      encodeDelivery(delivery),
      isBadgeUpdate(delivery.notification)
        ? `${Math.max(1, delivery.expiresAt - now)} ${delivery.id} ${badgeKey(prefix, delivery)}`
        : '',
      delivery.traceContext === undefined ? '' : JSON.stringify({ tm: delivery.traceContext }),
    );
  }
  return { keys, args };
}
