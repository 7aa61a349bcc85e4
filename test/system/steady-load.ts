import { setTimeout as delay } from 'node:timers/promises';
import { eventIdOf, messageNotify, type NotifyAnswer } from '../installation/notify.ts';
import type { Ledger } from './ledger.ts';

interface Promised {
  readonly event: string;
  readonly answer: NotifyAnswer | undefined;
}

/** Notifies of 800 events at about 200 a second, with something done before the one that `at` names; a refused connection or a 5xx promises nothing. */
export async function steadyLoad(
  post: (notify: object) => Promise<NotifyAnswer>,
  name: string,
  at: Readonly<Record<number, () => unknown>>,
): Promise<readonly string[]> {
  const [count, rate] = [800, 200];
  const sent: Promise<Promised>[] = [];
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) {
    const wait = startedAt + (i * 1_000) / rate - performance.now();
    if (wait > 0) await delay(wait);
    const event = `${name}${i}`;
    await at[i]?.();
    sent.push(
      post(messageNotify(event, i % 100)).then(
        (answer) => ({ event, answer }),
        () => ({ event, answer: undefined }),
      ),
    );
  }
  const promised = (await Promise.all(sent)).filter(({ answer }) => answer?.status === 200);
  return promised.map(({ event }) => eventIdOf(event));
}

/** Events that rang under more than one identity: a phone shows them twice. */
export function strangersAmong(ledger: Ledger, eventIds: readonly string[]): readonly string[] {
  return eventIds.filter((eventId) => new Set(ledger.ringsOf(eventId)).size > 1);
}
