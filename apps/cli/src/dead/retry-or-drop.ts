import { deadLetterId, type DeadLetter, type DeadLetterRef, type DeadLetters } from '@carillon/queue';
import type { Exit } from '@carillon/runtime';
import type { LetterChoice } from './letter-choice.ts';
import { openLetters, type OpenOptions } from './open-letters.ts';

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

/**
 * Retries or drops the chosen dead letters, each that was named or all together, and tells of it. Returns `failure` when
 * one that was named could not be helped. Throws an `OperatorError` for an unknown app, and when the
 * configuration or Redis cannot be used.
 */
export async function retryOrDrop(
  how: 'retry' | 'drop',
  { choice, output, ...which }: RetryOrDropOptions,
): Promise<Exit> {
  using opened = await openLetters({ ...which, apps: choice.kind === 'all' ? choice.apps : [] });
  const { letters, asked } = opened;
  return choice.kind === 'some'
    ? await asked(eachOf(how, letters, choice.refs, output))
    : await asked(allOf(how, letters, await opened.all(), output));
}

/** One letter, and what to tell of it. Rejects when Redis fails. */
export async function retryOrDropOne(
  how: 'retry' | 'drop',
  letters: DeadLetters,
  ref: DeadLetterRef,
): Promise<{ readonly good: boolean; readonly text: string }> {
  const { good, one } = words[await resultOf(how, letters, ref)];
  return { good, text: `${deadLetterId(ref)} ${one}` };
}

interface RetryOrDropOptions extends Omit<OpenOptions, 'apps'> {
  readonly choice: LetterChoice;
  readonly output: Output;
}

async function eachOf(
  how: 'retry' | 'drop',
  letters: DeadLetters,
  refs: readonly DeadLetterRef[],
  output: Output,
): Promise<Exit> {
  let exit: Exit = 'ok';
  for (const ref of refs) {
    const { good, text } = await retryOrDropOne(how, letters, ref);
    output.write(`${good ? '✓' : '✗'} ${text}\n`);
    if (!good) exit = 'failure';
  }
  return exit;
}

/** The oldest first, so that they are as far ahead of each other as they were. */
async function allOf(
  how: 'retry' | 'drop',
  letters: DeadLetters,
  all: readonly DeadLetter[],
  output: Output,
): Promise<Exit> {
  if (all.length === 0) output.write('There are no dead letters\n');
  const counts = new Map<Result, number>();
  for (const { ref } of all.toSorted((a, b) => a.setAsideAt - b.setAsideAt)) {
    const result = await resultOf(how, letters, ref);
    counts.set(result, (counts.get(result) ?? 0) + 1);
  }
  for (const [result, count] of counts) output.write(`${count} ${words[result].many}\n`);
  return 'ok';
}

async function resultOf(how: 'retry' | 'drop', letters: DeadLetters, ref: DeadLetterRef): Promise<Result> {
  if (how === 'retry') return letters.retry(ref, Date.now());
  return (await letters.drop(ref)) ? 'dropped' : 'gone';
}
