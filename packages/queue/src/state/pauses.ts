import { lanes, type Lane } from '@carillon/core';
import type { RedisClient } from '../redis/redis.ts';

/** An app, or one lane of it, that an operator has stopped: nothing of it is sent, and what waits stays until it expires. */
export interface Pause {
  readonly app: string;
  /** Undefined for all lanes. */
  readonly lane?: Lane;
  /** Who did it, such as `alice@host`. */
  readonly by: string;
  readonly reason?: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Milliseconds since 1970: when it ends by itself. Undefined for one that an operator has to end. */
  readonly until?: number;
}

export interface Pauses {
  /** All that hold now, whatever the app: one command, however many there are. */
  read(now: number): Promise<readonly Pause[]>;
  /** Takes the place of one of the same app and lane. */
  pause(pause: Pause): Promise<void>;
  /** Ends those of the app, or the one of this lane. */
  resume(app: string, lane?: Lane): Promise<void>;
}

/** From the last pause on. An operator who paused an app for longer than that has forgotten it. */
const lifeMs = 400 * 86_400_000;

/** Kept in one hash for all apps, with a field for each app and lane. */
export function createPauses(redis: RedisClient, keyPrefix: string): Pauses {
  const key = `${keyPrefix}:paused`;
  return {
    async read(now) {
      const all = Object.values(await redis.hgetall(key)).map((text) => JSON.parse(text) as Pause); // only this file writes it
      return all.filter(({ until = Infinity }) => until > now);
    },
    async pause(pause) {
      await redis.hset(key, fieldOf(pause.app, pause.lane), JSON.stringify(pause));
      await redis.pexpire(key, lifeMs);
    },
    async resume(app, lane) {
      const fields = lane === undefined ? [undefined, ...lanes] : [lane];
      await redis.hdel(key, ...fields.map((one) => fieldOf(app, one)));
    },
  };
}

/** Whether deliveries of this lane are stopped. */
export function pauseOf(pauses: readonly Pause[], app: string, lane: Lane): Pause | undefined {
  return pauses.find((pause) => pause.app === app && (pause.lane === undefined || pause.lane === lane));
}

function fieldOf(app: string, lane: Lane | undefined): string {
  return `${lane ?? 'all'} ${app}`;
}
