import { createAnswerTable, fault, own, sharedFaults } from '@carillon/sending';
import type { AnswerRow, SharedFault } from '@carillon/sending';

const unsent = { backoff: 'connection', scope: 'provider', spendsTry: false } as const;
const common = { source: own, sent: true } as const;

type BellFault = SharedFault | 'connection_lost';

const rows: readonly AnswerRow<BellFault>[] = [
  {
    when: { status: 200 },
    answer: '200',
    meaning: 'the bell rings',
    kind: 'delivered',
    reason: 'ok',
    log: 'debug',
    ...common,
  },
  {
    when: { status: 410 },
    answer: '410',
    meaning: 'the bell was melted down',
    kind: 'dead',
    suspect: false,
    reason: 'http_410',
    log: 'info',
    ...common,
  },
  {
    when: { status: [0, 999] },
    answer: 'anything else',
    meaning: 'no belfry',
    kind: 'later',
    later: { backoff: 'outage', scope: 'provider', spendsTry: true },
    reason: 'http_other',
    log: 'warn',
    unknown: true,
    ...common,
  },
  fault('connection_lost', {
    answer: 'the connection ended before the answer',
    meaning: 'may have rung',
    kind: 'later',
    later: { ...unsent, spendsTry: true },
    sent: true,
    log: 'info',
  }),
  ...sharedFaults(unsent, 'warn'),
];

export const bellAnswers = createAnswerTable(rows);
