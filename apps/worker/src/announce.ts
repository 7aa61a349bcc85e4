import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { beatEveryMs, type TakenLanes, type WorkerPresence } from '@carillon/queue';

/** Names this process among all workers. Unlike host and number, the random part is never used twice. */
export function workerId(): string {
  return `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;
}

/**
 * Says at once and then again and again what this worker takes, so that a queue that nobody takes is noticed.
 * Returns the function that takes it back. What goes wrong with Redis is reported where it is used.
 */
export function announceLanes(presence: WorkerPresence, taken: () => TakenLanes): () => Promise<unknown> {
  let beating: Promise<unknown> | undefined;

  function beat(): void {
    // Never twice at a time, or beats would pile up while Redis is away.
    beating ??= Promise.allSettled([presence.beat(taken())]).finally(() => (beating = undefined));
  }

  beat();
  const timer = setInterval(beat, beatEveryMs);
  return async () => {
    clearInterval(timer);
    await beating;
    await Promise.allSettled([presence.leave()]);
  };
}
