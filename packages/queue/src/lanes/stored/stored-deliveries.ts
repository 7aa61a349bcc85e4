import { decodeDelivery, type Delivery } from '@carillon/core';
import type { Result } from 'ioredis';
import { bull } from '../../layout/bullmq.ts';
import { parseLaneName, shardPrefix } from '../../layout/keys.ts';
import { defineShardScript } from '../../layout/script.ts';
import type { RedisClient } from '../../redis/redis.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonErase(shard: string, ...queuesAndIds: string[]): Result<number, Context>;
  }
}

export type DeliveryState = 'waiting' | 'delayed' | 'in_flight' | 'dead_letter';

/** A delivery that Redis holds, and where. */
export interface StoredPlace {
  readonly shard: number;
  /** The queue's name within its shard. */
  readonly name: string;
  readonly id: string;
  readonly state: DeliveryState;
  /** Undefined for one that cannot be decoded: nobody can tell whose it is. */
  readonly delivery?: Delivery;
}

/** Small, so that no reply holds up Redis: a delivery has a kilobyte or more. */
const pageSize = 500;

/**
 * All deliveries of these shards, read a page at a time; those of some queues, if `isWanted` says so. What moves from one
 * place to another meanwhile may be told twice or missed: a second look finds it.
 */
export async function* storedDeliveries(
  redis: RedisClient,
  keyPrefix: string,
  shards: readonly number[],
  isWanted: (app: string) => boolean = () => true,
): AsyncGenerator<readonly StoredPlace[]> {
  for (const shard of shards) {
    const prefix = shardPrefix(keyPrefix, shard);
    const read = async (name: string, ids: readonly string[], state: DeliveryState) => {
      const texts = await Promise.all(ids.map((id) => redis.hget(`${prefix}${name}:${id}`, bull.data)));
      return texts.flatMap((text, index): StoredPlace[] => {
        const id = ids[index];
        if (id === undefined || text === null) return []; // ended meanwhile
        const decoded = decodeDelivery(text, { id, ...parseLaneName(name) });
        const place = { shard, name, id, state };
        return [decoded.kind === 'delivery' ? { ...place, delivery: decoded.delivery } : place];
      });
    };
    const names = await redis.smembers(`${prefix}queues`);
    for (const name of names) {
      if (!isWanted(parseLaneName(name).app)) continue;
      for await (const ids of listed(redis, `${prefix}${name}:${bull.wait}`, name))
        yield await read(name, ids, 'waiting');
      for await (const ids of scored(redis, `${prefix}${name}:${bull.delayed}`))
        yield await read(name, ids, 'delayed');
      for await (const ids of scored(redis, `${prefix}${name}:${bull.failed}`))
        yield await read(name, ids, 'dead_letter');
    }
    for (const token of await redis.zrange(`${prefix}workers`, '0', '-1')) {
      const members = (await redis.smembers(`${prefix}in-flight:${token}`)).map((member) => {
        const end = member.lastIndexOf(':');
        return { name: member.slice(0, end), id: member.slice(end + 1) };
      });
      for (const [name, ofQueue] of Map.groupBy(members, (member) => member.name)) {
        if (!isWanted(parseLaneName(name).app)) continue;
        yield await read(
          name,
          ofQueue.map(({ id }) => id),
          'in_flight',
        );
      }
    }
  }
}

/** Erases them for good. Resolves to how many were there. */
export async function eraseDeliveries(
  redis: RedisClient,
  keyPrefix: string,
  places: readonly StoredPlace[],
): Promise<number> {
  defineShardScript(redis, 'carillonErase', 'erase');
  let erased = 0;
  for (const [shard, ofShard] of Map.groupBy(places, (place) => place.shard)) {
    const left = [...ofShard];
    while (left.length > 0) {
      // Taking one out of the middle of a long list is slow.
      const words = left.splice(0, 20).flatMap(({ name, id }) => [name, id]);
      erased += await redis.carillonErase(shardPrefix(keyPrefix, shard), ...words);
    }
  }
  return erased;
}

/** From the end that nobody takes from, so that what is taken meanwhile moves nothing that is still to be read. */
async function* listed(redis: RedisClient, key: string, name: string): AsyncGenerator<readonly string[]> {
  const isFromRight = parseLaneName(name).lane === 'calls';
  for (let at = 0; ; at += pageSize) {
    const page = isFromRight
      ? await redis.lrange(key, -at - pageSize, -at - 1)
      : await redis.lrange(key, at, at + pageSize - 1);
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
  }
}

async function* scored(redis: RedisClient, key: string): AsyncGenerator<readonly string[]> {
  let cursor = '0';
  do {
    const [next, fields] = await redis.zscan(key, cursor, 'COUNT', pageSize);
    cursor = next;
    const ids = fields.filter((_, index) => index % 2 === 0);
    if (ids.length > 0) yield ids;
  } while (cursor !== '0');
}
