import { parseDeadLetterId, type DeadLetterRef } from '@carillon/queue';
import type { Given } from '../command-line/command.ts';
import { usageError, type Options } from '../command-line/options.ts';

/** Dead letters by their ids, or all of the apps whose names match these globs; no glob for every app. */
export type LetterChoice =
  | { readonly kind: 'some'; readonly refs: readonly DeadLetterRef[] }
  | { readonly kind: 'all'; readonly apps: readonly string[] };

/** Beside ids, what `retry` and `drop` are told by. */
export const choiceOptions = {
  all: { type: 'boolean', help: 'all dead letters, in place of ids' },
  app: {
    type: 'string',
    value: 'GLOB',
    multiple: true,
    help: 'beside --all: only of these apps; may be given several times',
  },
} as const satisfies Options;

export function readChoice(
  command: string,
  { values: { all, app }, words }: Given<typeof choiceOptions>,
): LetterChoice {
  if (all === words.length > 0) throw usageError(command, 'give ids of dead letters, or --all');
  if (app.length > 0 && !all) throw usageError(command, '--app is only for --all');
  return all
    ? { kind: 'all', apps: app }
    : { kind: 'some', refs: words.map((word) => letterRef(command, word)) };
}

export function letterRef(command: string, id: string): DeadLetterRef {
  const ref = parseDeadLetterId(id);
  if (ref !== undefined) return ref;
  throw usageError(command, `${id} is no id of a dead letter`, '`carillon dead list` has them');
}
