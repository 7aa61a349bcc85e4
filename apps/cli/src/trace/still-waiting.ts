import { type Hop } from '@carillon/hops';
import { allShards, readShards, type RedisClient } from '@carillon/queue';
import type { AppConfig } from '@carillon/runtime';
import { whyParked, whyQueued } from '../app-states/why-waiting.ts';
import { momentText } from './time.ts';

export interface StillWaiting {
  readonly redis: RedisClient;
  readonly keyPrefix: string;
  readonly apps: readonly AppConfig[];
  /** The configured number. */
  readonly shards: number;
  /** Undefined where nobody gave it; then all shards are looked at. */
  readonly pushkeys: readonly string[] | undefined;
  /** The last that is known of the delivery. */
  readonly last: Hop;
  readonly now: number;
}

/** Hops reach Redis within a second or so. */
const freshMs = 3_000;

const mayBeLost = 'how it ended may be lost, since a worker that is killed loses the last second';

/** Why a delivery may not have ended yet. Rejects when Redis does not answer. */
export async function whyStillWaiting(waiting: StillWaiting): Promise<string> {
  const { redis, keyPrefix, pushkeys, last, now } = waiting;
  const mayBeUnwritten = now - last.at < freshMs && (last.until === undefined || last.until <= now);
  if (mayBeUnwritten) return 'what happens is written within a second: ask again';
  const app = waiting.apps.find(({ name }) => name === last.app);
  if (app === undefined) return `the configuration has no app ${last.app} any more: no worker takes it`;
  const parked = await whyParked(redis, keyPrefix, app.name, last.lane ?? 'high');
  if (parked !== undefined) {
    const silentBefore = (last.until ?? last.at) + freshMs < parked.since;
    return silentBefore ? `${mayBeLost}; if it still waits: ${parked.why}` : parked.why;
  }
  if (last.until !== undefined && last.until > now) return `its time comes at ${momentText(last.until)}`;
  const known = await readShards(redis, keyPrefix, waiting.shards);
  const places = pushkeys?.flatMap((one) => [known.placeOf(one), ...known.otherPlacesOf(one)]);
  const shards = places === undefined ? allShards(known) : [...new Set(places)];
  const queued = await whyQueued(redis, keyPrefix, { app: app.name, lane: last.lane ?? 'high', shards });
  return (
    queued ??
    'nothing is on its queue any more, so it has ended, and how was not kept: a worker that is killed loses the last second'
  );
}
