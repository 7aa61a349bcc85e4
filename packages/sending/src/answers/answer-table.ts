import type { AnswerFacts, AnswerRow, WhenAnswered } from './answer-row.ts';

/** All that a provider can say and all that can happen instead, each with its row. */
export interface AnswerTable<Fault extends string, Word extends string> {
  readonly rows: readonly AnswerRow<Fault, Word>[];
  rowOfFault(fault: Fault): AnswerRow<Fault, Word>;
  rowOfAnswer(facts: AnswerFacts): AnswerRow<Fault, Word>;
}

/** The last row about answers has to take every status of three digits; Node's parsers refuse any other. */
export function createAnswerTable<Fault extends string, Word extends string>(
  rows: readonly AnswerRow<Fault, Word>[],
): AnswerTable<Fault, Word> {
  const answered = rows.flatMap((row) => ('fault' in row.when ? [] : [{ row, when: row.when }]));
  const faults: ReadonlyMap<string, AnswerRow<Fault, Word>> = new Map(
    rows.flatMap((row) => ('fault' in row.when ? [[row.when.fault, row] as const] : [])),
  );
  return {
    rows,
    rowOfFault(fault) {
      const row = faults.get(fault);
      if (row === undefined) throw new Error(`No row for ${fault}`);
      return row;
    },
    rowOfAnswer(facts) {
      const found = answered.find(({ when }) => fits(when, facts));
      if (found === undefined) throw new Error(`No row for status ${facts.status}`);
      return found.row;
    },
  };
}

function fits(when: WhenAnswered, { status, word, detail }: AnswerFacts): boolean {
  const [first, last] = typeof when.status === 'number' ? [when.status, when.status] : when.status;
  if (status < first || status > last) return false;
  if (when.detail !== undefined && when.detail !== detail) return false;
  if (when.word === undefined) return true;
  return typeof when.word === 'string' ? when.word === word : word !== undefined && when.word.includes(word);
}
