import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log/log.ts';
import { OperatorError } from './operator-error.ts';
import type { Readiness } from '../ops/readiness.ts';

/** Whether the Redis that a process uses is laid out as it knows it; the queue's `LayoutGuard`. */
export interface KnownLayout {
  isOurs(): boolean | undefined;
  readonly answered: Promise<void>;
  readonly ours: Promise<void>;
}

const cure =
  'start the version of Carillon that wrote it, let it empty its queues, and then give this one another redis.key_prefix or database';

/** A Redis that answers at all answers within this; a process may also start before its Redis. */
const answerMs = 2_000;

/** Throws an `OperatorError` if Redis is laid out by another version. One that does not answer yet makes the process not ready. */
export async function refuseForeignLayout(layout: KnownLayout, readiness: Readiness): Promise<void> {
  readiness.lack('layout');
  void layout.ours.then(() => readiness.have('layout'));
  await Promise.race([layout.answered, delay(answerMs, undefined, { ref: false })]);
  if (layout.isOurs() === false)
    throw new OperatorError(
      'Redis holds the queues of another version of Carillon, which this one cannot read',
      {
        cure,
        exit: 'configuration',
      },
    );
}

/** Tells of a Redis that turns out to be foreign after the start: nothing is taken from it or put into it. */
export function tellForeignLayout(log: Pick<Log, 'error'>): (version: string) => void {
  return (version) =>
    log.error({ layout: version, cure }, 'Redis holds the queues of another version of Carillon');
}
