import { deadLetterId, type DeadLetter, type DeadLetterRef, type DeadLetters } from '@carillon/queue';
import type { Exit } from '@carillon/runtime';

interface Output {
  write(text: string): unknown;
}
type Result = 'retried' | 'dropped' | 'gone' | 'unreadable' | 'expired';

/** What to tell of each result. A letter that a retry cannot help stays where it is. */
const words: Readonly<
  Record<Result, { readonly good: boolean; readonly one: string; readonly many: string }>
> = {
  retried: { good: true, one: 'is back at the end of its queue', many: 'back at the end of their queues' },
  dropped: { good: true, one: 'is thrown away', many: 'thrown away' },
  gone: {
    good: false,
    one: 'is not there: it was retried, dropped, or pushed out by later ones',
    many: 'gone meanwhile',
  },
  unreadable: {
    good: false,
    one: 'cannot be decoded, so no retry helps; `carillon dead drop` throws it away',
    many: 'left: cannot be decoded, so no retry helps',
  },
  expired: {
    good: false,
    one: 'has expired: a worker would drop it at once; `carillon dead drop` throws it away',
    many: 'left: expired, a worker would drop them at once',
  },
};

/** Retries or drops those that were named, and tells of each. Rejects when Redis fails. */
export async function exhumeSome(
  how: 'retry' | 'drop',
  letters: DeadLetters,
  refs: readonly DeadLetterRef[],
  output: Output,
): Promise<Exit> {
  let exit: Exit = 'ok';
  for (const ref of refs) {
    const { good, one } = words[await exhume(how, letters, ref)];
    output.write(`${good ? '✓' : '✗'} ${deadLetterId(ref)} ${one}\n`);
    if (!good) exit = 'failure';
  }
  return exit;
}

/** Retries or drops all of these, the oldest first, and tells how many. Rejects when Redis fails. */
export async function exhumeAll(
  how: 'retry' | 'drop',
  letters: DeadLetters,
  all: readonly DeadLetter[],
  output: Output,
): Promise<Exit> {
  if (all.length === 0) output.write('There are no dead letters\n');
  const counts = new Map<Result, number>();
  for (const { ref } of all.toSorted((a, b) => a.buriedAt - b.buriedAt)) {
    const result = await exhume(how, letters, ref);
    counts.set(result, (counts.get(result) ?? 0) + 1);
  }
  for (const [result, count] of counts) output.write(`${count} ${words[result].many}\n`);
  return 'ok';
}

async function exhume(how: 'retry' | 'drop', letters: DeadLetters, ref: DeadLetterRef): Promise<Result> {
  if (how === 'retry') return letters.retry(ref, Date.now());
  return (await letters.drop(ref)) ? 'dropped' : 'gone';
}
