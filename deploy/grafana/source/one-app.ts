import { inTimeShare, lateObjective } from './objectives.ts';
import type { DashboardPlan } from './plan.ts';
import { quantile, ratePer } from './queries.ts';

/** Grafana puts the chosen app here. Names of apps may hold `*`, so they are compared, not matched. */
const app = 'app="$app"';
const delivery = `carillon_delivery_seconds_bucket{${app}}`;
const send = `carillon_send_duration_seconds_bucket{${app}}`;

export const oneApp: DashboardPlan = {
  uid: 'carillon-app',
  title: 'Carillon: one app',
  description: 'Everything about the deliveries of one app.',
  ofOneApp: true,
  rows: [
    {
      title: 'How is it?',
      panels: [
        {
          title: 'Delivered in time',
          question: "What share of the app's deliveries had its outcome within 10 s of the request?",
          kind: 'number',
          unit: 'percentunit',
          width: 6,
          colours: ['red', [lateObjective, 'green']],
          queries: [{ expr: inTimeShare('$__range', app), legend: 'in time' }],
        },
        {
          title: 'Parked or held',
          question: 'Does its set-up stop it (parked), or the trouble of its provider (breaker)?',
          kind: 'number',
          unit: 'none',
          width: 6,
          colours: ['green', [1, 'red']],
          queries: [
            {
              expr: `max by (reason) (carillon_app_parked{${app}} == 1) or vector(0)`,
              legend: 'parked {{reason}}',
            },
            {
              expr: `max by (reason) (carillon_breaker_open{${app}} == 1) or vector(0)`,
              legend: 'breaker {{reason}}',
            },
          ],
        },
        {
          title: 'Oldest delivery that waits',
          question: 'How far behind are its workers, lane by lane?',
          kind: 'number',
          unit: 's',
          width: 6,
          colours: ['green', [10, 'yellow'], [60, 'red']],
          queries: [{ expr: `max by (lane) (carillon_queue_oldest_seconds{${app}})`, legend: '{{lane}}' }],
        },
        {
          title: 'Credentials end in',
          question: 'When does its certificate or key end?',
          kind: 'number',
          unit: 's',
          width: 6,
          colours: ['red', [86_400, 'yellow'], [30 * 86_400, 'green']],
          queries: [
            {
              expr: `min by (credential) (carillon_credential_expiry_timestamp_seconds{${app}}) - time()`,
              legend: '{{credential}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Traffic',
      panels: [
        {
          title: 'Devices by result',
          question: 'What became of its devices: queued, duplicates, dead pushkeys, refused for a backlog?',
          kind: 'lines',
          unit: 'suffix:/s',
          width: 12,
          queries: [{ expr: ratePer('result', `carillon_devices_total{${app}}`), legend: '{{result}}' }],
        },
        {
          title: 'Sends by outcome',
          question: 'What does the provider say, word for word?',
          kind: 'lines',
          unit: 'suffix:/s',
          width: 12,
          queries: [
            {
              expr: ratePer('outcome, reason', `carillon_sends_total{${app}}`),
              legend: '{{outcome}}: {{reason}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Lateness',
      panels: [
        {
          title: 'Lateness by lane',
          question: 'How late are its calls, messages and badge updates?',
          kind: 'lines',
          unit: 's',
          width: 8,
          queries: [
            { expr: quantile(0.5, 'lane', delivery), legend: '{{lane}} p50' },
            { expr: quantile(0.99, 'lane', delivery), legend: '{{lane}} p99' },
          ],
        },
        {
          title: 'Time of a send',
          question: 'How much of that is the provider, or the way to it?',
          kind: 'lines',
          unit: 's',
          width: 8,
          queries: [
            { expr: quantile(0.5, '', send), legend: 'p50' },
            { expr: quantile(0.99, '', send), legend: 'p99' },
          ],
        },
        {
          title: 'Backlog by lane',
          question: 'How much waits for a worker, and how much for the time of its next try?',
          kind: 'lines',
          unit: 'short',
          width: 8,
          queries: [
            { expr: `max by (lane) (carillon_queue_waiting{${app}})`, legend: '{{lane}} waiting' },
            { expr: `max by (lane) (carillon_queue_delayed{${app}})`, legend: '{{lane}} next try' },
          ],
        },
      ],
    },
    {
      title: 'Errors',
      panels: [
        {
          title: 'Dropped unsent',
          question: 'Are its messages thrown away, and why?',
          kind: 'lines',
          unit: 'suffix:/s',
          width: 8,
          queries: [
            {
              expr: ratePer('lane, reason', `carillon_deliveries_dropped_total{${app}}`),
              legend: '{{lane}}: {{reason}}',
            },
          ],
        },
        {
          title: 'Sent back to the queue',
          question: 'How much is to be tried again, or waits because the app is parked?',
          kind: 'lines',
          unit: 'suffix:/s',
          width: 8,
          queries: [
            {
              expr: ratePer('lane, reason', `carillon_deliveries_requeued_total{${app}}`),
              legend: '{{lane}}: {{reason}}',
            },
          ],
        },
        {
          title: 'Dead pushkeys',
          question:
            'Do its pushers vanish? Suspects wait until it is clear that no mistake of ours made them.',
          kind: 'lines',
          unit: 'suffix:/s',
          width: 8,
          queries: [
            {
              expr: ratePer('reason', `carillon_rejections_recorded_total{${app}}`),
              legend: 'recorded: {{reason}}',
            },
            { expr: ratePer('reason', `carillon_suspects_total{${app}}`), legend: 'suspected: {{reason}}' },
          ],
        },
      ],
    },
    {
      title: 'Saturation',
      panels: [
        {
          title: 'In flight',
          question: 'How many deliveries do its workers have in flight, and how many may they have?',
          kind: 'lines',
          unit: 'short',
          width: 8,
          queries: [
            { expr: `sum by (lane) (carillon_in_flight{${app}})`, legend: '{{lane}}' },
            { expr: `sum by (lane) (carillon_in_flight_limit{${app}})`, legend: '{{lane}} limit' },
          ],
        },
        {
          title: 'Workers',
          question: 'How many workers take its deliveries?',
          kind: 'lines',
          unit: 'none',
          width: 8,
          queries: [{ expr: `max by (lane) (carillon_queue_workers{${app}})`, legend: '{{lane}}' }],
        },
        {
          title: 'Connections to the provider',
          question: 'Do they stay open, and why did others end?',
          kind: 'lines',
          unit: 'short',
          width: 8,
          queries: [
            { expr: `sum(carillon_provider_connections{${app}})`, legend: 'open' },
            {
              expr: `sum by (reason) (increase(carillon_provider_connections_closed_total{${app}}[$__rate_interval]))`,
              legend: 'closed: {{reason}}',
            },
          ],
        },
      ],
    },
  ],
};
