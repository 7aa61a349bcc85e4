import { lanes, type Lane } from '@carillon/core';
import type { Result } from 'ioredis';
import { isOfNewcomers, parseLaneName, shardPrefix, type QueueRef } from '../../layout/keys.ts';
import { defineShardScript } from '../../layout/script.ts';
import type { Shards } from '../../layout/shards.ts';
import type { RedisClient } from '../../redis/redis.ts';

/** How much waits on one queue. */
export interface QueueDepth {
  readonly queue: QueueRef;
  /** Deliveries that could be sent now. */
  readonly waiting: number;
  /** Deliveries that wait for their next try. */
  readonly delayed: number;
  /** Deliveries that workers have in hand. */
  readonly active: number;
  /** Deliveries that could not be read or crashed their workers, see dead-letters.ts. */
  readonly deadLetters: number;
  /** Milliseconds since 1970 when the oldest that waits was accepted; absent when there is none. */
  readonly oldestAt?: number;
  /** Those that the provider has put off, and that have no outcome yet; absent when there are none. */
  readonly later?: PutOff;
}

/** Deliveries that a provider has put off. */
export interface PutOff {
  readonly count: number;
  /** How many of them are for registrations that are known: only these say something of the app (invariant 14). */
  readonly known: number;
  /** Milliseconds since 1970 when the oldest of them was accepted. */
  readonly oldestAt: number;
  /** What the provider said to most of them. */
  readonly reason: string;
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonDepths(shard: string): Result<(string | number | null)[], Context>;
  }
}

/** Reads the depth of each queue that holds anything, in these shards. */
export async function readDepths(
  redis: RedisClient,
  keyPrefix: string,
  shards: readonly number[],
): Promise<QueueDepth[]> {
  defineShardScript(redis, 'carillonDepths', 'depths');
  const answers = await Promise.all(
    shards.map(async (shard) => depthsOf(shard, await redis.carillonDepths(shardPrefix(keyPrefix, shard)))),
  );
  return answers.flat();
}

function depthsOf(shard: number, fields: readonly (string | number | null)[]): QueueDepth[] {
  const depths: QueueDepth[] = [];
  for (let index = 0; index < fields.length; index += fieldsOfQueue) {
    const [name, waiting, delayed, active, deadLetters, oldestAt = null, ...putOff] = fields.slice(
      index,
      index + fieldsOfQueue,
    );
    const later = putOffOf(putOff, isOfNewcomers(String(name)));
    depths.push({
      queue: { shard, ...parseLaneName(String(name)) },
      waiting: Number(waiting),
      delayed: Number(delayed),
      active: Number(active),
      deadLetters: Number(deadLetters),
      ...(oldestAt !== null && { oldestAt: Number(oldestAt) }),
      ...(later !== undefined && { later }),
    });
  }
  return depths;
}

/** As lua/depths.lua returns them. */
const fieldsOfQueue = 9;

function putOffOf(
  [size, oldestAt = null, reason = null]: readonly (string | number | null)[],
  areNew: boolean,
): PutOff | undefined {
  if (oldestAt === null) return undefined;
  const count = Number(size);
  const said = reason === null ? 'unknown' : String(reason);
  return { count, known: areNew ? 0 : count, oldestAt: Number(oldestAt), reason: said };
}

/** All shards that may hold something. */
export function allShards(shards: Shards): readonly number[] {
  return Array.from({ length: shards.highest() }, (_, shard) => shard);
}

/** How much waits in one lane of an app, over all its shards. */
export interface LaneDepth extends Omit<QueueDepth, 'queue'> {
  readonly app: string;
  readonly lane: Lane;
}

/** What each lane of these apps holds over all shards, empty ones included; the oldest of them all is the oldest. */
export function addShards(depths: readonly QueueDepth[], apps: readonly string[]): readonly LaneDepth[] {
  const byLane = Map.groupBy(depths, ({ queue }) => `${queue.lane} ${queue.app}`);
  return apps.flatMap((app) =>
    lanes.map((lane) => {
      const shards = byLane.get(`${lane} ${app}`) ?? [];
      const sum = (of: (shard: QueueDepth) => number): number =>
        shards.reduce((total, shard) => total + of(shard), 0);
      const oldestAt = Math.min(...shards.map((shard) => shard.oldestAt ?? Infinity));
      const later = addPutOff(shards.flatMap((shard) => shard.later ?? []));
      return {
        app,
        lane,
        waiting: sum(({ waiting }) => waiting),
        delayed: sum(({ delayed }) => delayed),
        active: sum(({ active }) => active),
        deadLetters: sum(({ deadLetters }) => deadLetters),
        ...(oldestAt !== Infinity && { oldestAt }),
        ...(later !== undefined && { later }),
      };
    }),
  );
}

/** The reason is that of the queue with most, of known registrations if there are any. */
function addPutOff(queues: readonly PutOff[]): PutOff | undefined {
  const [most] = queues.toSorted((a, b) => b.known - a.known || b.count - a.count);
  if (most === undefined) return undefined;
  return {
    count: queues.reduce((sum, { count }) => sum + count, 0),
    known: queues.reduce((sum, { known }) => sum + known, 0),
    oldestAt: Math.min(...queues.map((queue) => queue.oldestAt)),
    reason: most.reason,
  };
}
