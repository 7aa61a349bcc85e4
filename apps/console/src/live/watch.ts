import { setTimeout as delay } from 'node:timers/promises';
import type { ConsoleSource, Now } from '../source.ts';
import { createHistory, sampleMs, type History } from './history.ts';

/** Reads again and again what goes on: often while somebody looks, else as often as the charts need it. */
export interface Watch {
  /** The last reading; waits only for the first. */
  latest(): Promise<Now>;
  /** Called with each reading from now on, the next of which comes at once. */
  follow(follower: (now: Now) => void, until: AbortSignal): void;
  readonly history: History;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly source: Pick<ConsoleSource, 'now'>;
  /** Between two readings while somebody looks. */
  readonly everyMs: number;
}

export function startWatch({ source, everyMs }: WatchOptions): Watch {
  const history = createHistory();
  const followers = new Set<(now: Now) => void>();
  const ended = new AbortController();
  let woken = new AbortController();
  let latest: Promise<Now> = source.now();

  async function run(): Promise<void> {
    while (!ended.signal.aborted) {
      const now = await latest;
      history.add(now);
      for (const follow of followers) follow(now);
      woken = new AbortController();
      const ms = followers.size > 0 ? everyMs : sampleMs;
      const signal = AbortSignal.any([ended.signal, woken.signal]);
      await delay(ms, undefined, { signal }).catch(() => undefined);
      const next = source.now();
      // Pages show the last whole reading while the next is made.
      await next;
      latest = next;
    }
  }
  const running = run();

  return {
    latest: () => latest,
    follow(follower, until) {
      followers.add(follower);
      until.addEventListener('abort', () => followers.delete(follower), { once: true });
      woken.abort();
    },
    history,
    async close() {
      ended.abort();
      await running;
    },
  };
}
