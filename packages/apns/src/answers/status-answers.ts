import type { AnswerEnd, AnswerNotes } from '@carillon/sending';
import { laters, pages } from './answer-row.ts';
import type { ApnsAnswerRow } from './answer-row.ts';

/**
 * Answers whose body is empty, is no JSON or names a reason that is not in Apple's table: only the status speaks. The
 * first row that fits decides.
 */
export const statusAnswers: readonly ApnsAnswerRow[] = [
  byStatus('ok', 200, {
    answer: '200',
    meaning: 'APNs has taken the notification',
    kind: 'delivered',
    log: 'debug',
  }),
  byStatus('http_2xx', [200, 299], {
    answer: '2xx otherwise',
    meaning: 'taken, though something between us and APNs may have answered',
    kind: 'delivered',
    log: 'warn',
    unknown: true,
  }),
  byStatus('http_403', 403, {
    answer: '403 without a reason that we know',
    meaning: 'our credentials, in some way that is not documented',
    kind: 'misconfigured',
    cure: 'Look the reason up in Apple’s documentation; the key or certificate of this app is not accepted.',
    log: 'error',
    speaksFor: 'registration',
    unknown: true,
  }),
  byStatus('http_408', 408, {
    answer: '408',
    meaning: 'our request arrived too slowly',
    kind: 'later',
    later: laters.uncertain,
    log: 'info',
    unknown: true,
  }),
  byStatus('http_410', 410, {
    answer: '410 without a reason that we know',
    meaning: 'the device token is no longer active, in Apple’s words for the status',
    kind: 'dead',
    suspect: false,
    log: 'info',
    unknown: true,
  }),
  byStatus('http_413', 413, {
    answer: '413 without a reason that we know',
    meaning: 'too large for something in between',
    kind: 'refused',
    log: 'warn',
    unknown: true,
  }),
  byStatus('http_429', 429, {
    answer: '429 without a reason that we know',
    meaning: 'too many requests for the same device token, in Apple’s words for the status',
    kind: 'later',
    later: laters.busyDevice,
    log: 'info',
    unknown: true,
  }),
  byStatus('http_4xx', [400, 499], {
    answer: '4xx otherwise',
    meaning:
      'this message was refused, in some way that is not documented; it says nothing about the pushkey',
    kind: 'refused',
    log: 'warn',
    unknown: true,
  }),
  byStatus('http_5xx', [500, 599], {
    answer: '5xx without a reason that we know',
    meaning: 'a fault of APNs or of something in front of it',
    kind: 'later',
    later: laters.outage,
    log: 'info',
    unknown: true,
  }),
  byStatus('http_other', [0, 999], {
    answer: '1xx, 3xx, or a status that HTTP does not know',
    meaning: 'not APNs: a redirect or something in between',
    kind: 'later',
    later: laters.outage,
    log: 'warn',
    unknown: true,
  }),
];

function byStatus(
  reason: string,
  status: number | readonly [number, number],
  row: AnswerNotes & AnswerEnd,
): ApnsAnswerRow {
  return { when: { status }, reason, source: pages.responses, sent: true, ...row };
}
