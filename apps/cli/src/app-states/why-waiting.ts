import type { Lane } from '@carillon/core';
import {
  addShards,
  createParking,
  createPauses,
  pauseOf,
  readDepths,
  readWorkers,
  workersOf,
  type RedisClient,
} from '@carillon/queue';
import { parkedSince, parkedText } from './park-words.ts';
import { pauseText } from './pause-words.ts';
import { plainText } from '../terminal/plain-text.ts';

export interface Line {
  readonly app: string;
  readonly lane: Lane;
  /** Where the delivery may be. */
  readonly shards: readonly number[];
}

/** Why nothing of this lane is sent at all, and since when; undefined when it is neither paused nor parked nor held. Rejects when Redis fails. */
export async function whyParked(
  redis: RedisClient,
  keyPrefix: string,
  app: string,
  lane: Lane,
): Promise<{ readonly why: string; readonly since: number } | undefined> {
  const now = Date.now();
  const pause = pauseOf(await createPauses(redis, keyPrefix).read(now), app, lane);
  if (pause !== undefined) return { why: `its lane is ${pauseText(pause, now)}`, since: pause.since };
  const parked = await createParking(redis, keyPrefix).read(app);
  if (parked === undefined) return undefined;
  const why = `its app is ${parkedText(parked)}, ${parkedSince(parked, now)}: ${plainText(parked.cure)}`;
  return { why, since: parked.since };
}

/** Why a delivery may wait in this line; undefined when none does. Rejects when Redis fails. */
export async function whyQueued(
  redis: RedisClient,
  keyPrefix: string,
  { app, lane, shards }: Line,
): Promise<string | undefined> {
  const [depths, [takers]] = await Promise.all([
    readDepths(redis, keyPrefix, shards),
    readWorkers(redis, keyPrefix, [app]),
  ]);
  const depth = addShards(depths, [app]).find((one) => one.lane === lane);
  const { waiting, active, delayed } = depth ?? { waiting: 0, active: 0, delayed: 0 };
  if (waiting + active + delayed === 0) return undefined;
  if (waiting > 0 && (takers === undefined || workersOf(takers, lane) === 0))
    return `no worker takes ${app}, lane ${lane}: start one, or see its --app, --type and --lane (${waiting} wait)`;
  const found = `its queue holds ${waiting} that wait, ${active} being sent and ${delayed} that wait for a later try`;
  if (waiting > 0) return `${found}: start more workers, or wait`;
  if (active > 0) return `${found}: see \`carillon check\`, and the log of the worker`;
  return `${found}: the provider asks for patience`;
}
