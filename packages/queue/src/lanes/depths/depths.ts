import { lanes, type Lane } from '@carillon/core';
import type { Result } from 'ioredis';
import { parseLaneName, shardPrefix, type QueueRef } from '../../layout/keys.ts';
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
  /** Milliseconds since 1970 when the oldest that waits or is delayed was accepted; absent when there is none. */
  readonly oldestAt?: number;
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
  for (let index = 0; index < fields.length; index += 6) {
    const [name, waiting, delayed, active, deadLetters, oldestAt = null] = fields.slice(index, index + 6);
    depths.push({
      queue: { shard, ...parseLaneName(String(name)) },
      waiting: Number(waiting),
      delayed: Number(delayed),
      active: Number(active),
      deadLetters: Number(deadLetters),
      ...(oldestAt !== null && { oldestAt: Number(oldestAt) }),
    });
  }
  return depths;
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
      return {
        app,
        lane,
        waiting: sum(({ waiting }) => waiting),
        delayed: sum(({ delayed }) => delayed),
        active: sum(({ active }) => active),
        deadLetters: sum(({ deadLetters }) => deadLetters),
        ...(oldestAt !== Infinity && { oldestAt }),
      };
    }),
  );
}
