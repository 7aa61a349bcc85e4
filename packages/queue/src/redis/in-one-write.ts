import type { RedisClient } from './redis.ts';

/**
 * What `work` asks of Redis before it returns goes out in one write for each connection, and so is read and mostly answered
 * at once. A write for each command costs both sides more than a short command does.
 */
export function inOneWrite(redis: RedisClient, work: () => void): void {
  const connections = 'nodes' in redis ? redis.nodes('master') : [redis];
  // There is no stream before the first connection, whatever its type says.
  const streams = connections.flatMap(({ stream }) => ((stream as unknown) === undefined ? [] : [stream]));
  for (const stream of streams) stream.cork();
  try {
    work();
  } finally {
    for (const stream of streams) stream.uncork();
  }
}
