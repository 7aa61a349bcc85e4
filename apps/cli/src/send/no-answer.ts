import type { Delivery } from '@carillon/core';
import { readDepths, shardOf, type Parking, type RedisClient } from '@carillon/queue';
import type { AppConfig } from '@carillon/runtime';

export interface Unanswered {
  readonly redis: RedisClient;
  readonly keyPrefix: string;
  readonly parking: Parking;
  readonly app: AppConfig;
  readonly delivery: Delivery;
}

/** Likely causes why no outcome came, the surest first. Rejects when Redis does not answer. */
export async function whyNoAnswer(unanswered: Unanswered): Promise<readonly string[]> {
  const { redis, keyPrefix, parking, app, delivery } = unanswered;
  const { lane, device } = delivery;
  const parked = await parking.read(app.name);
  if (parked !== undefined) {
    const since = new Date(parked.since).toISOString();
    return [`the app is parked since ${since}: ${parked.reason}: ${parked.cure}`];
  }
  const queue = { app: app.name, lane, shard: shardOf(device.pushkey, app.shards) };
  const [depth] = await readDepths(redis, keyPrefix, [queue]);
  const { waiting = 0, active = 0, delayed = 0 } = depth ?? {};
  if (waiting > 0 && active === 0) {
    return [`no worker takes ${app.name}, lane ${lane}: start one, or see its --app, --type and --lane`];
  }
  const causes: string[] = [];
  if (waiting > 0) causes.push(`a backlog: ${waiting} wait on its queue. Start more workers, or wait longer`);
  if (delayed > 0) causes.push('the provider asks for patience, and it waits for its next try');
  if (active > 0) causes.push('the provider takes its time: see `carillon check` and the log of the worker');
  return causes.length > 0 ? causes : ['its worker was stopped, or the answer was lost on the way'];
}
