import type { Result } from 'ioredis';
import { defineShardScript } from '../../layout/script.ts';
import type { RedisClient } from '../../redis/redis.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    carillonTurn(shard: string, ...words: (string | number)[]): Result<RawTurn, Context>;
  }
}

type RawTurn = readonly [
  nextDueAt: number,
  state: Turn['state'],
  recovered: readonly (string | number)[],
  taken: readonly (string | readonly (string | null)[])[],
];

export interface TakenJob {
  /** The queue's name within the shard. */
  readonly queue: string;
  readonly id: string;
  /** Null when it was lost: there is nothing to send. */
  readonly data: string | null;
  /** How often it came back from a worker that vanished or froze. */
  readonly stalls: number;
  readonly wasDelayed: boolean;
}

export interface Turn {
  readonly jobs: readonly TakenJob[];
  /** Whether there is more to take: with room for it, or without. */
  readonly state: 'hungry' | 'full' | 'empty';
  /** When to come again for the next delayed job, milliseconds since 1970; 0 for never: there is none, or another worker does. */
  readonly nextDueAt: number;
  /** Of workers that vanished: how many went back to each queue. */
  readonly recovered: readonly { readonly queue: string; readonly count: number }[];
}

/** What is done with and leaves its queue. */
export interface Finished extends Pick<TakenJob, 'queue' | 'id' | 'wasDelayed'> {
  /** Whether a second one is to be known as a duplicate. */
  readonly leavesClaim: boolean;
}

/** What stays on Redis. */
export type Kept = Pick<TakenJob, 'queue' | 'id'> &
  (
    | { readonly what: 'delay'; readonly until: number; readonly data: string; readonly why?: string }
    | { readonly what: 'return' }
    /** `data` in place of what is no JSON, which BullMQ's tools could not show. */
    | { readonly what: 'dead'; readonly reason: string; readonly data?: string }
  );

export interface TurnRequest {
  readonly token: string;
  /** How long what the worker holds is its own without another turn. */
  readonly lifeMs: number;
  readonly bell: string;
  /** How many may be taken in all. */
  readonly room: number;
  /** How many of a queue that `rooms` does not name, and of one of registrations that are not known yet. */
  readonly roomOfOthers: number;
  readonly roomOfNewcomers: number;
  /** -1 for a queue that nothing is to be taken from for now. */
  readonly rooms: ReadonlyMap<string, number>;
  readonly claimLifeMs: number;
  readonly finished: readonly Finished[];
  readonly kept: readonly Kept[];
}

/** One call to Redis: hands in what a worker is done with, takes more. See lua/turn.lua. */
export async function takeTurn(redis: RedisClient, shard: string, request: TurnRequest): Promise<Turn> {
  const { finished, kept, rooms } = request;
  const [nextDueAt, state, recovered, taken] = await redis.carillonTurn(
    shard,
    request.token,
    request.lifeMs,
    request.bell,
    request.room,
    `${request.roomOfOthers} ${request.roomOfNewcomers}`,
    request.claimLifeMs,
    rooms.size,
    ...[...rooms].flat(),
    finished.length,
    ...finished.map(finishedWord),
    ...kept.flatMap(keptWords),
  );
  return { jobs: jobsOf(taken), state, nextDueAt, recovered: countsOf(recovered) };
}

export function defineTurn(redis: RedisClient): void {
  defineShardScript(redis, 'carillonTurn', 'turn');
}

function finishedWord({ queue, id, leavesClaim, wasDelayed }: Finished): string {
  return `${leavesClaim ? 'c' : '-'}${wasDelayed ? 'd' : '-'}${queue}:${id}`;
}

function keptWords(kept: Kept): (string | number)[] {
  switch (kept.what) {
    case 'delay':
      return ['delay', kept.queue, kept.id, `${kept.until} ${kept.why ?? ''}`, kept.data];
    case 'return':
      return ['return', kept.queue, kept.id, '', ''];
    case 'dead':
      return ['dead', kept.queue, kept.id, kept.reason, kept.data ?? ''];
    default:
      return kept satisfies never;
  }
}

function jobsOf(taken: RawTurn[3]): TakenJob[] {
  const jobs: TakenJob[] = [];
  for (let index = 0; index < taken.length; index += 2) {
    const queue = String(taken[index]);
    const fields = taken[index + 1] ?? [];
    for (let field = 0; field < fields.length; field += 4) {
      const [id, data = null, stalls, delay] = fields.slice(field, field + 4);
      if (id === null || id === undefined) continue;
      jobs.push({ queue, id, data, stalls: Number(stalls ?? 0), wasDelayed: delay !== null });
    }
  }
  return jobs;
}

function countsOf(recovered: RawTurn[2]): Turn['recovered'] {
  return recovered.flatMap((queue, index) =>
    index % 2 === 0 ? [{ queue: String(queue), count: Number(recovered[index + 1]) }] : [],
  );
}
