import type { Outcome } from '@carillon/core';
import { apnsAnswers, isAppleReason, isStatusReason } from './table.ts';
import type { ApnsAnswerRow } from './answer-row.ts';
import type { AppleReason } from './apple-reasons.ts';
import type { ConnectionFault, StatusReason } from './other-answers.ts';
import type { RequestFault } from '../payload/request.ts';

const rows: ReadonlyMap<string, ApnsAnswerRow> = new Map(apnsAnswers.map((row) => [row.reason, row]));

export function rowOf(reason: AppleReason | StatusReason | ConnectionFault | RequestFault): ApnsAnswerRow {
  const row = rows.get(reason);
  if (row === undefined) throw new Error(`No row for ${reason}`);
  return row;
}

/** The row of an HTTP answer. `reason` is that of its body, if it has one: a word of Apple's, or any other. */
export function rowOfAnswer(status: number, reason: string | undefined): ApnsAnswerRow {
  if (status === 200) return rowOf('ok');
  const statusClass = Math.floor(status / 100);
  if (reason !== undefined && isAppleReason(reason, statusClass)) return rowOf(reason);
  for (const word of [`http_${status}`, `http_${statusClass}xx`])
    if (isStatusReason(word)) return rowOf(word);
  return rowOf('http_other');
}

export interface AnswerDetails {
  /** Milliseconds since 1970, from `Retry-After`. */
  readonly notBefore?: number | undefined;
  /** Milliseconds since 1970: when APNs became sure that the token is dead. */
  readonly since?: number | undefined;
  /** The `apns-id` of the answer. */
  readonly providerId?: string | undefined;
}

export function outcomeOf(row: ApnsAnswerRow, details: AnswerDetails = {}): Outcome {
  const { kind, reason, sent } = row;
  const { notBefore, since, providerId } = details;
  switch (kind) {
    case 'delivered':
      return { kind, reason, sent, ...(providerId !== undefined && { providerId }) };
    case 'dead':
      return { kind, reason, sent, suspect: row.suspect ?? true, ...(since !== undefined && { since }) };
    case 'refused':
      return { kind, reason, sent };
    case 'later':
      return {
        kind,
        reason,
        sent,
        ...(row.later ?? unsure),
        ...(notBefore !== undefined && { notBefore }),
        ...(row.cure !== undefined && { cure: row.cure }),
      };
    case 'misconfigured':
      return {
        kind,
        reason,
        sent,
        cure: row.cure ?? 'See the documentation of APNs.',
        speaksFor: row.speaksFor ?? 'registration',
      };
    default:
      return kind satisfies never;
  }
}

const unsure = { backoff: 'outage', scope: 'provider', spendsAttempt: true } as const;
