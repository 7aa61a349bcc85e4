import type { Outcome } from '@carillon/core';
import type { AnswerRow } from './answer-row.ts';

/** What of one answer its row does not know. */
export interface AnswerDetails {
  /** Milliseconds since 1970, from `Retry-After`. */
  readonly notBefore?: number | undefined;
  /** Milliseconds since 1970: when the provider became sure that the pushkey is dead. */
  readonly since?: number | undefined;
  /** The provider's name of the message. */
  readonly providerId?: string | undefined;
  /** Of a push service that a client chose. */
  readonly origin?: string | undefined;
}

const none: AnswerDetails = {};

export function outcomeOf(
  row: AnswerRow,
  { notBefore, since, providerId, origin }: AnswerDetails = none,
): Outcome {
  const { reason, sent } = row;
  const from = origin !== undefined && { origin };
  switch (row.kind) {
    case 'delivered':
      return { kind: row.kind, reason, sent, ...from, ...(providerId !== undefined && { providerId }) };
    case 'dead':
      return {
        kind: row.kind,
        reason,
        sent,
        suspect: row.suspect,
        ...from,
        ...(since !== undefined && { since }),
        ...(row.cure !== undefined && { cure: row.cure }),
      };
    case 'refused':
      return { kind: row.kind, reason, sent, ...from };
    case 'later':
      return {
        kind: row.kind,
        reason,
        sent,
        ...from,
        ...row.later,
        ...(notBefore !== undefined && { notBefore }),
        ...(row.cure !== undefined && { cure: row.cure }),
      };
    case 'misconfigured':
      return { kind: row.kind, reason, sent, ...from, cure: row.cure, speaksFor: row.speaksFor };
    default:
      return row satisfies never;
  }
}
