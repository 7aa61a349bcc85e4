import type { ApnsAnswerRow, ReasonRow, Row, StatusRow } from './answer-row.ts';
import { appleReasons } from './apple-reasons.ts';
import type { AppleReason } from './apple-reasons.ts';
import { connectionFaults, requestFaults, statusAnswers } from './other-answers.ts';
import type { StatusReason } from './other-answers.ts';

/** Every answer of APNs, and everything that can happen instead of one. */
export const apnsAnswers: readonly ApnsAnswerRow[] = [
  ...named<StatusRow>(statusAnswers).map((row) => ({ ...row, sent: true })),
  ...named<ReasonRow>(appleReasons).map(({ status, ...row }) => ({
    ...row,
    answer: `${status} \`${row.reason}\``,
    sent: true,
  })),
  ...named<Row>(connectionFaults),
  ...named<Row>(requestFaults),
];

/** Whether a word is a reason of Apple's that comes with statuses of this class (4 for 4xx). */
export function isAppleReason(word: string, statusClass: number): word is AppleReason {
  return (
    Object.hasOwn(appleReasons, word) &&
    // Apple has moved some from one status to another; but a 5xx is never a pushkey's death.
    Math.floor(appleReasons[word as AppleReason].status / 100) === statusClass
  );
}

export function isStatusReason(word: string): word is StatusReason {
  return Object.hasOwn(statusAnswers, word);
}

function named<R extends object>(
  rows: Readonly<Record<string, R>>,
): readonly (R & { readonly reason: string })[] {
  return Object.entries(rows).map(([reason, row]) => ({ ...row, reason }));
}
