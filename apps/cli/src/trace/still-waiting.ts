import { lanes } from '@carillon/core';
import { createParking, queuesOf, readDepths, shardOf, type Hop, type RedisClient } from '@carillon/queue';
import type { AppConfig } from '@carillon/runtime';
import { momentText } from './time.ts';

export interface StillWaiting {
  readonly redis: RedisClient;
  readonly keyPrefix: string;
  readonly apps: readonly AppConfig[];
  /** Undefined where nobody gave it; then all shards are looked at. */
  readonly pushkey: string | undefined;
  /** The last that is known of the delivery. */
  readonly last: Hop;
  readonly now: number;
}

/** Hops reach Redis within a second or so. */
const freshMs = 3_000;

/** Why a delivery may not have ended yet, the surest cause first. Rejects when Redis does not answer. */
export async function whyStillWaiting(waiting: StillWaiting): Promise<readonly string[]> {
  const { redis, keyPrefix, pushkey, last, now } = waiting;
  if (now - last.at < freshMs) return ['what happens is written within a second: ask again'];
  const app = waiting.apps.find(({ name }) => name === last.app);
  if (app === undefined) return [`the configuration has no app ${last.app} any more: no worker takes it`];
  const parked = await createParking(redis, keyPrefix).read(app.name);
  if (parked !== undefined)
    return [`its app is parked since ${momentText(parked.since)}: ${parked.reason}: ${parked.cure}`];
  if (last.until !== undefined && last.until > now) return [`its time comes at ${momentText(last.until)}`];

  const shard = pushkey === undefined ? undefined : shardOf(pushkey, app.shards);
  const queues = queuesOf(app).filter(
    (queue) => queue.lane === (last.lane ?? lanes[1]) && (shard === undefined || queue.shard === shard),
  );
  const depths = await readDepths(redis, keyPrefix, queues);
  const sum = (part: 'waiting' | 'active' | 'delayed'): number =>
    depths.reduce((total, depth) => total + depth[part], 0);
  const [ready, active, delayed] = [sum('waiting'), sum('active'), sum('delayed')];
  if (ready > 0 && active === 0)
    return [
      `no worker takes ${app.name}, lane ${last.lane}: start one, or see its --app, --type and --lane (${ready} wait)`,
    ];
  if (ready + active + delayed > 0)
    return [
      `its queue holds ${ready} that wait, ${active} being sent and ${delayed} that wait for a later try: start more workers, or wait`,
    ];
  return [
    'nothing is on its queue any more, so it has ended, and how was not kept: a worker that is killed loses the last second',
  ];
}
