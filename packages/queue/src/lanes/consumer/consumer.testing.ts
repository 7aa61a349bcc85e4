import { Queue } from 'bullmq';
import { lanes, type Delivery } from '@carillon/core';
import { deliveryFor } from '../../delivery.testing.ts';
import { queueName, shardPrefix, type QueueRef } from '../../layout/keys.ts';
import { defineShardScript } from '../../layout/script.ts';
import { fixedShards } from '../../layout/shards.ts';
import { connectPatiently, type RedisClient, type RedisSettings } from '../../redis/redis.ts';
import { createAdmissionDesk } from '../admission/admission.ts';
import { createConsumer, type ConsumerOptions } from './consumer.ts';
import type { ServedApp, Settlement } from './served-queues.ts';
import { defineTurn, takeTurn, type Turn, type TurnRequest } from './turn.ts';

export const finish: Settlement = { kind: 'finish' };
const queue: QueueRef = { app: 'app', shard: 0, lane: 'high' };

let prefixes = 0;

interface ConsumeOptions extends Partial<ConsumerOptions> {
  readonly app?: Partial<ServedApp>;
}

/** One shard with keys of its own, and consumers on it that are stopped at the end. */
export function startShard(settings: RedisSettings) {
  const keyPrefix = `t${prefixes++}`;
  const prefix = shardPrefix(keyPrefix, 0);
  const redis = connectPatiently(settings);
  redis.on('error', () => undefined);
  const shards = fixedShards(1);
  const desk = createAdmissionDesk(redis, { keyPrefix, shards, rejectionTtlMs: 60_000, gatherMs: 0 });
  const bull = new Queue(queueName(queue), { connection: redis, prefix: keyPrefix });
  bull.on('error', () => undefined);
  const told = {
    troubles: [] as unknown[],
    deadLetters: [] as string[],
    recovered: [] as [string, number][],
    unheard: [] as [string, number][],
    retaken: [] as number[],
  };
  const consumers: ReturnType<typeof createConsumer>[] = [];
  return {
    ...told,
    redis,
    bull,
    prefix,
    key: (kind: string) => `${prefix}${kind}`,
    admit: (delivery: Partial<Delivery> = {}) =>
      desk.admit({
        delivery: deliveryFor({ ...(delivery.id === undefined && { unclaimed: true }), ...delivery }),
        maxBacklog: 1_000_000,
      }),
    turn: (request: Partial<TurnRequest>) => turnByHand(redis, prefix, request),
    /** A worker of a process that died took what waited, and is not heard of for `lifeMs` more. */
    async takeAndDie(lifeMs: number) {
      await ringFor(redis, prefix, ['app/high']);
      await turnByHand(redis, prefix, { token: 'dead', lifeMs });
    },
    ringFor: (queues: readonly string[]) => ringFor(redis, prefix, queues),
    consume(handle: ServedApp['handle'], { app = {}, ...options }: ConsumeOptions = {}) {
      const consumer = createConsumer({
        redis,
        keyPrefix,
        shards,
        concurrency: 10,
        claimLifeMs: 60_000,
        observer: {
          trouble: (error) => told.troubles.push(error),
          deadLettered: (_queue, reason) => told.deadLetters.push(reason),
          recovered: ({ app: name, lane }, count) => told.recovered.push([`${name}/${lane}`, count]),
          unheard: ({ app: name, lane }, count) => told.unheard.push([`${name}/${lane}`, count]),
          retaken: (_delivery, stalls) => told.retaken.push(stalls),
        },
        ...options,
      });
      consumers.push(consumer);
      return { ...consumer, serving: consumer.serve({ app: 'app', lanes, handle, ...app }) };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(consumers.map((consumer) => consumer.stop(0)));
      redis.disconnect();
    },
  };
}

const byHand = 'by-hand';

async function ringFor(redis: RedisClient, prefix: string, queues: readonly string[]): Promise<void> {
  defineShardScript(redis, 'carillonServe', 'serve');
  await redis.carillonServe(prefix, byHand, 60_000, ...queues);
}

async function turnByHand(redis: RedisClient, prefix: string, request: Partial<TurnRequest>): Promise<Turn> {
  defineTurn(redis);
  return takeTurn(redis, prefix, {
    token: 'a worker',
    lifeMs: 60_000,
    bell: byHand,
    room: 100,
    roomOfOthers: 100,
    roomOfNewcomers: 100,
    rooms: new Map(),
    claimLifeMs: 60_000,
    finished: [],
    kept: [],
    ...request,
  });
}
