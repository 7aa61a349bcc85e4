import type { RowPlan } from '../plan.ts';
import { quantile, rate, withType } from '../queries.ts';

const delivery = 'carillon_delivery_seconds_bucket';
const send = 'carillon_send_duration_seconds_bucket';

export const lateness: RowPlan = {
  title: 'Lateness: from the request to the ring',
  panels: [
    {
      title: 'Lateness by lane',
      question: 'How late are calls, messages and badge updates, all waits and tries included?',
      kind: 'lines',
      unit: 's',
      width: 8,
      queries: [
        { expr: quantile(0.5, 'lane', delivery), legend: '{{lane}} p50' },
        { expr: quantile(0.99, 'lane', delivery), legend: '{{lane}} p99' },
      ],
    },
    {
      title: 'Lateness by provider, p99',
      question: 'Is it one provider that is late?',
      kind: 'lines',
      unit: 's',
      width: 8,
      queries: [
        {
          expr: `histogram_quantile(0.99, sum by (le, type) (${withType(rate(delivery))}))`,
          legend: '{{type}}',
        },
      ],
    },
    {
      title: 'Lateness by app, p99',
      question: 'Is it one app that is late?',
      kind: 'lines',
      unit: 's',
      width: 8,
      queries: [{ expr: quantile(0.99, 'app', delivery), legend: '{{app}}' }],
    },
    {
      title: 'Time of a send, p99',
      question: 'Is it the provider, or the way to it? The part of the lateness that is not ours.',
      kind: 'lines',
      unit: 's',
      width: 8,
      queries: [{ expr: quantile(0.99, 'app', send), legend: '{{app}}' }],
    },
    {
      title: 'Oldest delivery that waits, by app',
      question: 'Whose deliveries wait for a worker, and for how long?',
      kind: 'lines',
      unit: 's',
      width: 8,
      queries: [{ expr: 'max by (app, lane) (carillon_queue_oldest_seconds)', legend: '{{app}} {{lane}}' }],
    },
    {
      title: 'Backlog',
      question: 'How much waits: for a worker, and for the time of its next try?',
      kind: 'lines',
      unit: 'short',
      width: 8,
      queries: [
        { expr: 'sum by (app) (max by (app, lane) (carillon_queue_waiting))', legend: '{{app}} waiting' },
        {
          expr: 'sum by (app) (max by (app, lane) (carillon_queue_delayed))',
          legend: '{{app}} next try',
        },
      ],
    },
  ],
};
