import type { Outcome } from '@carillon/core';
import { fcmAnswers } from './table.ts';
import type { AnswerFacts } from './answer-facts.ts';
import type { FcmAnswerRow, FcmFault, WhenAnswered } from './answer-row.ts';

const rowsOfFaults: ReadonlyMap<string, FcmAnswerRow> = new Map(
  fcmAnswers.flatMap((row) => ('fault' in row.when ? [[row.when.fault, row] as const] : [])),
);

export function rowOfFault(fault: FcmFault): FcmAnswerRow {
  const row = rowsOfFaults.get(fault);
  if (row === undefined) throw new Error(`No row for ${fault}`);
  return row;
}

export function rowOfAnswer(facts: AnswerFacts): FcmAnswerRow {
  const row = fcmAnswers.find(({ when }) => !('fault' in when) && fits(when, facts));
  // The last row takes every status of three digits; node's parsers refuse any other.
  if (row === undefined) throw new Error(`No row for status ${facts.status}`);
  return row;
}

function fits(when: WhenAnswered, { status, errorCode, detail }: AnswerFacts): boolean {
  const [first, last] = typeof when.status === 'number' ? [when.status, when.status] : when.status;
  if (status < first || status > last) return false;
  if (when.detail !== undefined && when.detail !== detail) return false;
  if (when.errorCode === undefined) return true;
  return typeof when.errorCode === 'string'
    ? when.errorCode === errorCode
    : when.errorCode.includes(errorCode);
}

/** For a row that forgets to say; a test sees to it that none does. */
const cautious = { backoff: 'outage', scope: 'provider', spendsAttempt: true } as const;

/** The outcome of a row; `notBefore` in milliseconds since 1970, from `Retry-After`. */
export function outcomeOf(
  row: FcmAnswerRow,
  { notBefore, providerId }: { readonly notBefore?: number; readonly providerId?: string } = {},
): Outcome {
  const { kind, reason, sent } = row;
  switch (kind) {
    case 'delivered':
      return { kind, reason, sent, ...(providerId !== undefined && { providerId }) };
    case 'dead':
      return { kind, reason, sent, suspect: row.suspect ?? true };
    case 'refused':
      return { kind, reason, sent };
    case 'later':
      return {
        kind,
        reason,
        sent,
        ...(row.later ?? cautious),
        ...(notBefore !== undefined && { notBefore }),
        ...(row.cure !== undefined && { cure: row.cure }),
      };
    case 'misconfigured':
      return {
        kind,
        reason,
        sent,
        cure: row.cure ?? 'See the documentation of FCM.',
        speaksFor: row.speaksFor ?? 'registration',
      };
    default:
      return kind satisfies never;
  }
}
