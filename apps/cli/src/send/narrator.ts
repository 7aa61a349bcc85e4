import { styleText } from 'node:util';
import type { Reply } from '@carillon/queue';

export type Tell = (mark: keyof typeof marks, text: string) => void;

const marks = {
  good: ['✓', 'green'],
  note: ['!', 'yellow'],
  bad: ['✗', 'red'],
} as const;

/** Tells each step on a line, with the milliseconds since the start. */
export function createNarrator(output: { write(text: string): unknown }, coloured: boolean): { tell: Tell } {
  const startedAt = performance.now();
  return {
    tell(mark, text) {
      const [sign, colour] = marks[mark];
      const shown = coloured ? styleText(colour, sign, { validateStream: false }) : sign;
      const ms = Math.round(performance.now() - startedAt);
      output.write(`${shown} ${`${ms} ms`.padStart(9)}  ${text}\n`);
    },
  };
}

/** The provider's answer, with what it means for the pushkey or the app. */
export function tellReply(tell: Tell, { rejected, final, outcome }: Reply): void {
  if (outcome === undefined) {
    tell('bad', rejected ? 'not sent: the pushkey was found dead meanwhile' : 'not sent: it expired before');
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
          `${answer}. Not sent: no pushkey of this app looks like that (\`carillon --help\`, --pushkey)`,
        );
        return;
      }
      const held =
        'Not recorded: it may be our topic, key or platform, or a registration younger than its death';
      tell('bad', `${answer}. ${rejected ? recorded : held}`);
      return;
    }
    case 'refused':
      tell(
        'bad',
        `${answer}. The pushkey is fine; this message is not taken (docs/outcomes.md has the word)`,
      );
      return;
    case 'later':
      tell(final ? 'bad' : 'note', `${answer}. ${final ? 'Given up: no time is left' : 'It is tried again'}`);
      return;
    case 'misconfigured':
      tell(final ? 'bad' : 'note', cure === undefined ? answer : `${answer}: ${cure}`);
      return;
    default:
      kind satisfies never;
  }
}
