import { setTimeout as delay } from 'node:timers/promises';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import type { Ledger } from './ledger.ts';
import { appOf, isDead, phones, pushkeyOf, type Provider } from './phones.ts';
import { seededRandom } from './random.ts';

/**
 * A homeserver that behaves as Synapse: whatever is no 200 it tries again with the same event, after 1, 2, 4 … seconds.
 * Between it and the ingresses stands a load balancer that knows them by addresses and asks another when one refuses.
 */
export interface Homeserver {
  /** Sends at this pace until it is stopped, whatever happens to earlier requests. */
  start(perSecond: number): void;
  /** No new events; those without an answer are still tried. */
  stop(): void;
  /** Tries that were not answered 200, by status or error. */
  readonly failures: ReadonlyMap<string, number>;
  /** Resolves when every event was answered 200. */
  settled(): Promise<void>;
  close(): void;
}

export interface HomeserverOptions {
  /** Chooses the phones. */
  readonly seed: number;
  readonly ledger: Ledger;
  /** Where the ingresses are, as far as is known. */
  readonly doors: () => readonly string[];
  /** Of so many events, one is for the other app. */
  readonly otherAppEvery: number;
  readonly apps: { readonly most: Provider; readonly other: Provider };
}

/** Synapse waits 60 s for headers, and doubles its pauses up to an hour; a run of minutes wants less of both. */
const timeoutMs = 10_000;
const longestPauseMs = 15_000;
const tickMs = 10;

export function createHomeserver({
  seed,
  ledger,
  doors,
  otherAppEvery,
  apps,
}: HomeserverOptions): Homeserver {
  const notifiers = new Map<string, ReturnType<typeof createNotifier>>();
  const random = seededRandom(seed);
  const open = new Set<Promise<void>>();
  let pacing: NodeJS.Timeout | undefined;
  let events = 0;
  let tries = 0;
  const closing = new AbortController();
  const failures = new Map<string, number>();

  function notifierOf(url: string) {
    const known = notifiers.get(url) ?? createNotifier(url, { timeoutMs });
    notifiers.set(url, known);
    return known;
  }

  async function notify(event: number): Promise<void> {
    const provider = event % otherAppEvery === 0 ? apps.other : apps.most;
    const phone = Math.floor(random() * phones);
    const eventId = eventIdOf(`c${event}-`);
    const options = { appId: appOf[provider], pushkey: pushkeyOf(provider, phone), eventId };
    const request = messageNotify(event, phone, options);
    ledger.asked(eventId, { provider, dead: isDead(phone), at: Date.now() });
    let pauseMs = 1_000;
    while (!closing.signal.aborted) {
      const answer = await tryOnce(request);
      if (typeof answer !== 'string')
        return ledger.promised(eventId, answer.includes(options.pushkey), Date.now());
      failures.set(answer, (failures.get(answer) ?? 0) + 1);
      await delay(pauseMs);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
  }

  /** The pushkeys that the answer rejects, or why there was none. Whoever refuses is passed over, as a load balancer does. */
  async function tryOnce(request: object): Promise<readonly string[] | string> {
    const known = doors();
    for (let passed = 0; passed < known.length; passed++) {
      try {
        const { status, rejected } = await notifierOf(known[tries++ % known.length] ?? '').post(request);
        return status === 200 ? rejected : String(status);
      } catch (error) {
        const { code = 'no answer in time' } = error as NodeJS.ErrnoException;
        if (code !== 'ECONNREFUSED') return code;
      }
    }
    return 'ECONNREFUSED';
  }

  return {
    failures,
    start(perSecond) {
      const startedAt = performance.now();
      const firstEvent = events;
      pacing = setInterval(() => {
        const due = firstEvent + ((performance.now() - startedAt) * perSecond) / 1_000;
        while (events < due) {
          const work: Promise<void> = notify(events++).finally(() => open.delete(work));
          open.add(work);
        }
      }, tickMs);
    },
    stop: () => clearInterval(pacing),
    async settled() {
      while (open.size > 0) await Promise.all(open);
    },
    close() {
      closing.abort();
      clearInterval(pacing);
      for (const notifier of notifiers.values()) notifier[Symbol.dispose]();
    },
  };
}
