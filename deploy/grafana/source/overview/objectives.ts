import { budgetLeft, doorObjective, doorShare, inTimeShare, lateObjective } from '../objectives.ts';
import type { RowPlan } from '../plan.ts';

export const objectives: RowPlan = {
  title: 'Objectives, over the time chosen above',
  panels: [
    {
      title: 'Requests answered',
      question: 'What share of the requests of homeservers was not answered with a fault of ours (5xx)?',
      kind: 'number',
      unit: 'percentunit',
      width: 4,
      colours: ['red', [doorObjective, 'green']],
      queries: [{ expr: doorShare('$__range'), legend: 'answered' }],
    },
    {
      title: 'Delivered in time',
      question: 'What share of the deliveries had its outcome within 10 s of the request?',
      kind: 'number',
      unit: 'percentunit',
      width: 4,
      colours: ['red', [lateObjective, 'green']],
      queries: [{ expr: inTimeShare('$__range'), legend: 'in time' }],
    },
    {
      title: 'Error budgets left',
      question: 'How much of what may go wrong is left? Below 0 the objective is missed.',
      kind: 'number',
      unit: 'percentunit',
      width: 4,
      colours: ['red', [0, 'yellow'], [0.5, 'green']],
      queries: [
        { expr: budgetLeft(doorShare('$__range'), doorObjective), legend: 'requests' },
        { expr: budgetLeft(inTimeShare('$__range'), lateObjective), legend: 'in time' },
      ],
    },
    {
      title: 'Sick apps',
      question:
        'How many apps are parked (their set-up is wrong), or held by a breaker (their provider is down)?',
      kind: 'number',
      unit: 'none',
      width: 4,
      colours: ['green', [1, 'red']],
      queries: [
        { expr: 'count(max by (app) (carillon_app_parked) == 1) or vector(0)', legend: 'parked' },
        { expr: 'count(max by (app) (carillon_breaker_open) == 1) or vector(0)', legend: 'breaker' },
      ],
    },
    {
      title: 'Oldest delivery that waits',
      question: 'How far behind are the workers, at worst?',
      kind: 'number',
      unit: 's',
      width: 4,
      colours: ['green', [10, 'yellow'], [60, 'red']],
      queries: [{ expr: 'max(carillon_queue_oldest_seconds)', legend: 'oldest' }],
    },
    {
      title: 'Processes',
      question: 'How many processes are scraped, and of which version?',
      kind: 'number',
      unit: 'none',
      width: 4,
      queries: [{ expr: 'count by (job, version) (carillon_build_info)', legend: '{{job}} {{version}}' }],
    },
  ],
};
