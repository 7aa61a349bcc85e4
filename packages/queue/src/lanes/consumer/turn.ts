import { readFileSync } from 'node:fs';
import type { RedisQueueBackend } from 'bullmq';
import type { Result } from 'ioredis';
import type { RedisClient } from '../../redis/redis.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonTurn(
      ...keysAndArguments: (string | number)[]
    ): Result<[heldForMs: number, nextDelayedAt: number, ...jobs: (string | null)[]], Context>;
  }
}

const script = readFileSync(new URL('../../lua/turn.lua', import.meta.url), 'utf8');

export interface TakenJob {
  readonly id: string;
  /** Null when the job's hash was lost: there is nothing to send. */
  readonly data: string | null;
  /** BullMQ's verdict that the job crashed its workers too often. */
  readonly failure: string | null;
  /** How often it came back from a worker that vanished or froze. */
  readonly stalls: number;
}

export interface Turn {
  readonly jobs: readonly TakenJob[];
  /** Milliseconds that the queue hands out nothing, 0 when it is not held. */
  readonly heldForMs: number;
  /** Milliseconds since 1970 of the next delayed job, 0 for none. */
  readonly nextDelayedAt: number;
}

export interface TurnRequest {
  readonly token: string;
  readonly lockMs: number;
  readonly room: number;
  readonly finished: readonly string[];
  /** Which of the waiting jobs go first. */
  readonly order: 'oldest' | 'newest';
}

/** One call to Redis: hands back finished jobs, takes new ones. See lua/turn.lua. */
export type TakeTurn = (request: TurnRequest) => Promise<Turn>;

export function turnsAt(redis: RedisClient, { keys }: Pick<RedisQueueBackend, 'keys'>): TakeTurn {
  redis.defineCommand('carillonTurn', { numberOfKeys: 8, lua: script });
  const kinds = ['wait', 'active', 'delayed', 'meta', 'limiter', 'marker', 'stalled', ''];
  const keyList = kinds.map((kind) => keys[kind] ?? '');

  return async ({ token, lockMs, room, finished, order }) => {
    const [heldForMs, nextDelayedAt, ...fields] = await redis.carillonTurn(
      ...keyList,
      Date.now(),
      token,
      lockMs,
      room,
      order,
      ...finished,
    );
    const jobs: TakenJob[] = [];
    for (let index = 0; index < fields.length; index += 4) {
      const [id, data = null, failure = null, stalls] = fields.slice(index, index + 4);
      if (id !== null && id !== undefined) jobs.push({ id, data, failure, stalls: Number(stalls ?? 0) });
    }
    return { jobs, heldForMs, nextDelayedAt };
  };
}
