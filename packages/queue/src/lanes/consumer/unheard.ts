import type { RedisClient } from '../../redis/redis.ts';
import type { TakenJob } from './turn.ts';

type Place = Pick<TakenJob, 'queue' | 'id'>;

/**
 * What was handed out to this worker without its hearing of it: the connection broke between a turn and its answer. Nobody would
 * send it while the worker lives. No error tells, since the client sends what was cut off again by itself, and the turn happens twice.
 *
 * `known`: all that the worker is sending or hands in next.
 */
export async function findUnheard(
  redis: RedisClient,
  inFlightKey: string,
  known: readonly Place[],
): Promise<readonly Place[]> {
  if ((await redis.scard(inFlightKey)) <= known.length) return [];
  const members = new Set(known.map(({ queue, id }) => `${queue}:${id}`));
  const unheard = (await redis.smembers(inFlightKey)).filter((member) => !members.has(member));
  return unheard.map((member) => {
    const colon = member.lastIndexOf(':');
    return { queue: member.slice(0, colon), id: member.slice(colon + 1) };
  });
}
