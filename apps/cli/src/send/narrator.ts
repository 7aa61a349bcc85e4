import type { Reply } from '@carillon/queue';
import { markOf } from '../terminal/colours.ts';

export type Tell = (mark: 'good' | 'warning' | 'bad', text: string) => void;

/** Tells each step on a line, with the milliseconds since the start. */
export function createNarrator(output: { write(text: string): unknown }, coloured: boolean): { tell: Tell } {
  const startedAt = performance.now();
  return {
    tell(mark, text) {
      const ms = Math.round(performance.now() - startedAt);
      output.write(`${markOf(mark, coloured)} ${`${ms} ms`.padStart(9)}  ${text}\n`);
    },
  };
}

/** The provider's answer, with what it means for the pushkey or the app. */
export function tellReply(tell: Tell, { rejected, final, outcome }: Reply): void {
  if (outcome === undefined) {
    tell(
      'bad',
      rejected
        ? 'not sent: the pushkey was found dead meanwhile'
        : 'not sent: it expired before, or its app is in dry run',
    );
    return;
  }
  const { kind, reason, cure } = outcome;
  const answer = `${kind}: ${reason}`;
  switch (kind) {
    case 'delivered':
      tell('good', `${answer}. The provider has it; if the phone is silent, its settings decide`);
      return;
    case 'dead': {
      const recorded = 'The pushkey is rejected from now on';
      if (reason === 'pushkey_malformed' && !rejected) {
        tell(
          'bad',
          `${answer}. Not sent: no pushkey of this app looks like that (\`carillon send --help\`, --pushkey)`,
        );
        return;
      }
      const notRecorded =
        'Not recorded: it may be our topic, key or platform, or a registration younger than its death';
      tell('bad', `${answer}. ${rejected ? recorded : notRecorded}`);
      return;
    }
    case 'refused':
      tell(
        'bad',
        `${answer}. The pushkey is fine; this message is not taken (docs/outcomes.md has the word)`,
      );
      return;
    case 'later':
      tell(
        final ? 'bad' : 'warning',
        `${answer}. ${final ? 'Given up: no time is left' : 'It is tried again'}`,
      );
      return;
    case 'misconfigured':
      tell(final ? 'bad' : 'warning', cure === undefined ? answer : `${answer}: ${cure}`);
      return;
    default:
      kind satisfies never;
  }
}
