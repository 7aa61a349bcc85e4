import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Lane } from '@carillon/core';
import { beatEveryMs, type QueueRef, type WorkerPresence } from '@carillon/queue';

/** Names this process among all workers. Unlike host and number, the random part is never used twice. */
export function workerId(): string {
  return `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;
}

/**
 * Says at once and then again and again which queues this worker takes, so that a queue that nobody takes is noticed.
 * Returns the function that takes it back. What goes wrong with Redis is reported where it is used.
 */
export function announceQueues(
  presence: WorkerPresence,
  queues: readonly QueueRef[],
): () => Promise<unknown> {
  const lanesOf = new Map<string, Set<Lane>>();
  for (const { app, lane } of queues) lanesOf.set(app, (lanesOf.get(app) ?? new Set()).add(lane));
  let beating: Promise<unknown> | undefined;

  function beat(): void {
    // Never twice at a time, or beats would pile up while Redis is away.
    beating ??= Promise.allSettled(
      [...lanesOf].map(([app, lanes]) => presence.beat(app, [...lanes])),
    ).finally(() => (beating = undefined));
  }

  beat();
  const timer = setInterval(beat, beatEveryMs);
  return async () => {
    clearInterval(timer);
    await Promise.allSettled([...lanesOf.keys()].map((app) => presence.leave(app)));
  };
}
