import type { RowPlan } from '../plan.ts';
import { ratePer, withType } from '../queries.ts';

export const errors: RowPlan = {
  title: 'Errors: who is sick, and why?',
  panels: [
    {
      title: 'Parked apps',
      question:
        'Whose set-up is wrong, and what does the provider say about it? `fuse: …`: most pushkeys seem dead.',
      kind: 'rows',
      unit: 'none',
      width: 8,
      queries: [{ expr: 'max by (app, reason) (carillon_app_parked) == 1', legend: '{{app}} {{reason}}' }],
    },
    {
      title: 'Open breakers',
      question: 'Which apps are held because their provider is in trouble?',
      kind: 'rows',
      unit: 'none',
      width: 8,
      queries: [{ expr: 'max by (app, reason) (carillon_breaker_open) == 1', legend: '{{app}} {{reason}}' }],
    },
    {
      title: 'Credentials end in',
      question: 'Which certificate or key ends when?',
      kind: 'rows',
      unit: 's',
      width: 8,
      colours: ['red', [86_400, 'yellow'], [30 * 86_400, 'green']],
      queries: [
        {
          expr: 'min by (app, credential) (carillon_credential_expiry_timestamp_seconds) - time()',
          legend: '{{app}} {{credential}}',
        },
      ],
    },
    {
      title: 'Sends that did not get through',
      question: 'Which app, at which provider, for which reason?',
      kind: 'lines',
      unit: 'suffix:/s',
      width: 12,
      queries: [
        {
          expr: withType(ratePer('app, outcome, reason', 'carillon_sends_total{outcome!="delivered"}')),
          legend: '{{type}} {{app}}: {{outcome}}, {{reason}}',
        },
      ],
    },
    {
      title: 'Dropped unsent',
      question: 'Which deliveries were dropped: too late, dead letters, or no longer news?',
      kind: 'lines',
      unit: 'suffix:/s',
      width: 6,
      queries: [
        {
          expr: ratePer('app, reason', 'carillon_deliveries_dropped_total'),
          legend: '{{app}}: {{reason}}',
        },
      ],
    },
    {
      title: 'Sent back to the queue',
      question: 'How much is to be tried again, or waits because its app is parked?',
      kind: 'lines',
      unit: 'suffix:/s',
      width: 6,
      queries: [
        {
          expr: ratePer('app, reason', 'carillon_deliveries_requeued_total'),
          legend: '{{app}}: {{reason}}',
        },
      ],
    },
    {
      title: 'Dead pushkeys',
      question: 'How many pushkeys are recorded as dead, and how many are only suspected?',
      kind: 'lines',
      unit: 'suffix:/s',
      width: 6,
      queries: [
        { expr: ratePer('app', 'carillon_rejections_recorded_total'), legend: '{{app}} recorded' },
        { expr: ratePer('app', 'carillon_suspects_total'), legend: '{{app}} suspected' },
      ],
    },
    {
      title: 'Breakers that opened',
      question: 'How often did trouble of a provider begin to hold an app?',
      kind: 'lines',
      unit: 'short',
      width: 6,
      queries: [
        {
          expr: 'sum by (app, reason) (increase(carillon_breaker_openings_total[$__rate_interval]))',
          legend: '{{app}}: {{reason}}',
        },
      ],
    },
    {
      title: 'Answers that we do not know',
      question: 'Did a provider invent a new answer?',
      kind: 'lines',
      unit: 'suffix:/s',
      width: 6,
      queries: [
        { expr: ratePer('app, status', 'carillon_unknown_answers_total'), legend: '{{app}}: {{status}}' },
      ],
    },
    {
      title: 'Dead letters',
      question:
        'Which deliveries were set aside because nobody could read them, or because they crashed their workers?',
      kind: 'lines',
      unit: 'short',
      width: 6,
      queries: [{ expr: 'max by (app) (carillon_dead_letters)', legend: '{{app}}' }],
    },
  ],
};
