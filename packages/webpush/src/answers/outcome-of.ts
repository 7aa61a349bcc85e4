import type { Outcome } from '@carillon/core';
import type { AnswerFacts } from './answer-facts.ts';
import { outage } from './answer-row.ts';
import type { WebPushAnswerRow, WebPushFault, WhenAnswered } from './answer-row.ts';
import { webpushAnswers } from './table.ts';

const faultRows: ReadonlyMap<string, WebPushAnswerRow> = new Map(
  webpushAnswers.flatMap((row) => ('fault' in row.when ? [[row.when.fault, row] as const] : [])),
);

export function rowOfFault(name: WebPushFault): WebPushAnswerRow {
  const row = faultRows.get(name);
  if (row === undefined) throw new Error(`No row for ${name}`);
  return row;
}

export function rowOfAnswer(facts: AnswerFacts): WebPushAnswerRow {
  const row = webpushAnswers.find(({ when }) => !('fault' in when) && fits(when, facts));
  // The last row takes every status of three digits; node's parser refuses any other.
  if (row === undefined) throw new Error(`No row for status ${facts.status}`);
  return row;
}

function fits(when: WhenAnswered, { status, word }: AnswerFacts): boolean {
  const [first, last] = typeof when.status === 'number' ? [when.status, when.status] : when.status;
  if (status < first || status > last) return false;
  if (when.word === undefined) return true;
  return typeof when.word === 'string' ? when.word === word : word !== undefined && when.word.includes(word);
}

export interface OutcomeDetails {
  readonly origin?: string;
  /** Milliseconds since 1970. */
  readonly notBefore?: number;
  readonly providerId?: string;
}

export function outcomeOf(row: WebPushAnswerRow, details: OutcomeDetails): Outcome {
  const { kind, reason, sent } = row;
  const { origin, notBefore, providerId } = details;
  const from = origin !== undefined && { origin };
  switch (kind) {
    case 'delivered':
      return { kind, reason, sent, ...from, ...(providerId !== undefined && { providerId }) };
    case 'dead':
      return { kind, reason, sent, ...from, suspect: row.suspect ?? true };
    case 'refused':
      return { kind, reason, sent };
    case 'later':
      return { kind, reason, sent, ...(row.later ?? outage), ...(notBefore !== undefined && { notBefore }) };
    case 'misconfigured':
      return {
        kind,
        reason,
        sent,
        cure: row.cure ?? 'See the documentation of the push service.',
        speaksFor: 'registration', // who answers, a client chose
        ...from,
      };
    default:
      return kind satisfies never;
  }
}
