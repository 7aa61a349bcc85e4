import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** What became of one try to post a batch. */
export type PostResult =
  | { readonly kind: 'taken' }
  /** It will never be taken: nothing is gained by another try. */
  | { readonly kind: 'refused'; readonly error: Error }
  | { readonly kind: 'later'; readonly error: Error; readonly afterMs?: number };

export interface EventQueueOptions<Event> {
  /** Never rejects. `id` is the same for each try of one batch. */
  readonly post: (batch: readonly Event[], id: string, signal: AbortSignal) => Promise<PostResult>;
  readonly observer: EventObserver;
  readonly timing?: Partial<EventTiming>;
  /** Beyond this the oldest go (invariant 13). */
  readonly mostEvents?: number;
}

export interface EventObserver {
  posted(events: number): void;
  /** Lost: the receiver refused them, or they found no room while it was away. */
  dropped(events: number, why: 'refused' | 'overflow' | 'stopped'): void;
  trouble(error: unknown): void;
  well(): void;
}

export interface EventTiming {
  /** Events that come this close together are one post. */
  readonly gatherMs: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** What a stopping process waits for its last post. */
  readonly closeMs: number;
}

export interface EventQueue<Event> {
  add(event: Event): void;
  /** Posts what is left, if the receiver takes it soon. */
  close(): Promise<void>;
}

const usualTiming: EventTiming = {
  gatherMs: 1_000,
  firstPauseMs: 1_000,
  longestPauseMs: 60_000,
  closeMs: 2_000,
};
const usualMostEvents = 10_000;
const mostInBatch = 100;
/** A `Retry-After` beyond this is looked into all the same. */
const longestAskedMs = 300_000;

/** Posts events in batches, one after the other and in their order, and again until the receiver takes them. */
export function createEventQueue<Event>({
  post,
  observer,
  timing = {},
  mostEvents = usualMostEvents,
}: EventQueueOptions<Event>): EventQueue<Event> {
  const { gatherMs, firstPauseMs, longestPauseMs, closeMs } = { ...usualTiming, ...timing };
  const stopping = new AbortController();
  const abandoned = new AbortController();
  const waiting: Event[] = [];
  let working: Promise<void> | undefined;

  async function work(): Promise<void> {
    await pauseFor(gatherMs);
    while (waiting.length > 0 && !abandoned.signal.aborted) await postBatch(waiting.splice(0, mostInBatch));
    working = undefined; // in the same step as the last look, or what comes between them would wait for the next event
  }

  async function postBatch(batch: readonly Event[]): Promise<void> {
    const id = randomUUID();
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      const result = await post(batch, id, abandoned.signal);
      if (result.kind === 'taken') {
        observer.posted(batch.length);
        return observer.well();
      }
      if (!abandoned.signal.aborted) observer.trouble(result.error);
      if (result.kind === 'refused') return observer.dropped(batch.length, 'refused');
      if (stopping.signal.aborted) return observer.dropped(batch.length, 'stopped');
      await pauseFor(Math.min(longestAskedMs, Math.max(pauseMs, result.afterMs ?? 0)));
    }
  }

  async function pauseFor(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  return {
    add(event) {
      if (stopping.signal.aborted) return observer.dropped(1, 'stopped');
      waiting.push(event);
      if (waiting.length > mostEvents) {
        waiting.shift();
        observer.dropped(1, 'overflow');
      }
      working ??= work();
    },
    async close() {
      stopping.abort();
      const deadline = setTimeout(() => abandoned.abort(), closeMs);
      await working;
      clearTimeout(deadline);
      if (waiting.length > 0) observer.dropped(waiting.length, 'stopped');
    },
  };
}
