import { createHash } from 'node:crypto';
import { deliveryIdentity, lanes, type Delivery, type Lane } from '@carillon/core';

/**
 * How queues and their keys are called.
 *
 *   carillon:{com.example.app.ios/0}high:wait        a BullMQ key of one queue
 *   carillon:{com.example.app.ios/0}claim:<hash>     a claim: this ring was queued already
 *   carillon:{com.example.app.ios/0}dead:<hash>      a rejected pushkey
 *   carillon:{com.example.app.ios/0}badge:<hash>     the newest badge update of a registration
 *   carillon:{com.example.app.ios}…                  what all workers share about the app
 *
 * A queue holds one lane of one shard of one app. The hash tag is the app's shard: its lanes share a Cluster
 * slot, because claim and job must be written in one atomic step (invariant 2) and the claim knows no lane
 * (invariant 3: a retry may come with another `prio`). Apps and shards fall on different slots.
 */
export interface ShardRef {
  readonly app: string;
  readonly shard: number;
}

export interface QueueRef extends ShardRef {
  readonly lane: Lane;
}

/** The part of a shard's keys in front of their kind. */
export function shardPrefix(keyPrefix: string, { app, shard }: ShardRef): string {
  return `${keyPrefix}:{${tagSafe(app)}/${shard}}`;
}

export function appPrefix(keyPrefix: string, app: string): string {
  return `${keyPrefix}:{${tagSafe(app)}}`;
}

/** BullMQ's name of the queue; with the prefix and a colon in front it makes the queue's keys. */
export function queueName({ app, shard, lane }: QueueRef): string {
  return `{${tagSafe(app)}/${shard}}${lane}`;
}

export function queuesOf(app: { readonly name: string; readonly shards: number }): QueueRef[] {
  return Array.from({ length: app.shards }, (_, shard) =>
    lanes.map((lane) => ({ app: app.name, shard, lane })),
  ).flat();
}

/** The shard of a pushkey: the same on every process, spread evenly. */
export function shardOf(pushkey: string, shards: number): number {
  if (shards === 1) return 0;
  return createHash('sha256').update(pushkey).digest().readUInt32BE(0) % shards;
}

/** While it exists, the delivery of this identity was queued already. */
export function claimKey(prefix: string, deliveryId: string): string {
  return `${prefix}claim:${deliveryId}`;
}

/**
 * Names the newest badge update of a registration. The device's data belong to it: two accounts on one phone
 * have the same pushkey and count by themselves.
 */
export function badgeKey(prefix: string, { lane, device }: Pick<Delivery, 'lane' | 'device'>): string {
  return `${prefix}badge:${lane}:${deliveryIdentity('', device)}`;
}

/** Under it stands the `pushkey_ts` of the registration that died, in seconds. */
export function rejectionKey(prefix: string, registration: string): string {
  return `${prefix}dead:${registration}`;
}

/** A brace would end the hash tag early and a colon would end BullMQ's queue name. */
function tagSafe(app: string): string {
  return app.replace(/[{}:%]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
