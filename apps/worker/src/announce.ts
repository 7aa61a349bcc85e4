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
 * What it takes is asked for each time, and taken back for apps that it has no more.
 * Returns the function that takes it back. What goes wrong with Redis is reported where it is used.
 */
export function announceQueues(
  presence: WorkerPresence,
  queues: () => readonly QueueRef[],
): () => Promise<unknown> {
  const announced = new Set<string>();
  let beating: Promise<unknown> | undefined;

  function beat(): void {
    // Never twice at a time, or beats would pile up while Redis is away.
    beating ??= Promise.allSettled([...beats(), ...leaves()]).finally(() => (beating = undefined));
  }

  function beats(): Promise<void>[] {
    return [...lanesByApp(queues())].map(([app, lanes]) => {
      announced.add(app);
      return presence.beat(app, lanes);
    });
  }

  function leaves(): Promise<void>[] {
    const taken = lanesByApp(queues());
    const left = [...announced].filter((app) => !taken.has(app));
    return left.map((app) => {
      announced.delete(app);
      return presence.leave(app);
    });
  }

  beat();
  const timer = setInterval(beat, beatEveryMs);
  return async () => {
    clearInterval(timer);
    await Promise.allSettled([...announced].map((app) => presence.leave(app)));
  };
}

function lanesByApp(queues: readonly QueueRef[]): ReadonlyMap<string, readonly Lane[]> {
  const byApp = Map.groupBy(queues, ({ app }) => app);
  return new Map([...byApp].map(([app, ofApp]) => [app, [...new Set(ofApp.map(({ lane }) => lane))]]));
}
