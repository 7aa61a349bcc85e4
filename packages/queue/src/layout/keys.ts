import { deliveryIdentity, lanes, type Delivery, type Lane } from '@carillon/core';
import { shardTag } from './shard-tag.ts';

/**
 * How queues and their keys are called. A shard holds the queues of all apps and lanes, and everything of it begins with one
 * hash tag, so that it lies on one slot of a Cluster and one script can see all of it:
 *
 *   carillon:{0.3}com.example.app.ios/high:wait      a BullMQ key of one queue
 *   carillon:{0.3}com.example.app.ios/high:<id>      a delivery: a job of BullMQ's, called by the delivery's id
 *   carillon:{0.3}com.example.app.ios/high.new:wait  the same for registrations that are not known yet
 *   carillon:{0.3}claim:<id>                         a claim: this ring was queued, and has left its queue
 *   carillon:{0.3}dead:<hash>                        a rejected pushkey
 *   carillon:{0.3}badge:APP/LANE:<hash>              the newest badge update of a registration
 *   carillon:{com.example.app.ios}…                  what all workers share about an app
 */
export interface QueueRef {
  readonly app: string;
  readonly shard: number;
  readonly lane: Lane;
}

/** What all keys of a shard begin with. */
export function shardPrefix(keyPrefix: string, shard: number): string {
  return `${keyPrefix}:{${shardTag(shard)}}`;
}

export function appPrefix(keyPrefix: string, app: string): string {
  return `${keyPrefix}:{${safe(app)}}`;
}

/** A queue of an app, whichever its shard. */
export type LaneRef = Pick<QueueRef, 'app' | 'lane'>;

/** The queue's name within its shard. */
export function laneName({ app, lane }: LaneRef): string {
  return `${safe(app)}/${lane}`;
}

/** The name of the queue beside it, where deliveries to registrations wait that are not known yet (invariant 14). */
export function newcomersLaneName(queue: LaneRef): string {
  return `${laneName(queue)}${ofNewcomers}`;
}

export function isOfNewcomers(name: string): boolean {
  return name.endsWith(ofNewcomers);
}

/** The same in lua/shard.lua. */
const ofNewcomers = '.new';

/** The lane of either queue. */
export function parseLaneName(name: string): LaneRef {
  const end = name.lastIndexOf('/');
  const app = name
    .slice(0, end)
    .replace(/%(..)/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  const [laneText] = name.slice(end + 1).split('.');
  const lane = lanes.find((one) => one === laneText);
  return { app, lane: lane ?? 'high' };
}

/** What the names of all queues of an app begin with, before a slash. */
export function appName(app: string): string {
  return safe(app);
}

/** BullMQ's name of the queue; with the prefix and a colon in front it makes the queue's keys. */
export function queueName(queue: QueueRef): string {
  return `{${shardTag(queue.shard)}}${laneName(queue)}`;
}

/**
 * Names the newest badge update of a registration. The device's data belong to it: two accounts on one phone
 * have the same pushkey and count by themselves.
 */
export function badgeKey(
  prefix: string,
  { app, lane, device }: Pick<Delivery, 'app' | 'lane' | 'device'>,
): string {
  return `${prefix}badge:${laneName({ app, lane })}:${deliveryIdentity('', device)}`;
}

/** Under it stand the `pushkey_ts` of the registration that died and, after a blank, when its provider said so; in seconds. */
export function rejectionKey(prefix: string, registration: string): string {
  return `${prefix}dead:${registration}`;
}

/** A brace would end the hash tag early and a colon would end BullMQ's queue name. */
function safe(app: string): string {
  return app.replace(/[{}:%]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
