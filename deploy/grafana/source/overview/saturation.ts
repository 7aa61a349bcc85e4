import type { RowPlan } from '../plan.ts';
import { ofCarillon, quantile, rate } from '../queries.ts';

const request = 'carillon_http_request_duration_seconds_bucket';
const command = 'carillon_redis_command_duration_seconds_bucket';

export const saturation: RowPlan = {
  title: 'Saturation: what is full?',
  panels: [
    {
      title: 'Busy event loops',
      question: 'Which process has no time left? At 1 it uses its one core fully: start more of its kind.',
      kind: 'lines',
      unit: 'percentunit',
      width: 8,
      colours: ['green', [0.7, 'yellow'], [0.9, 'red']],
      queries: [{ expr: rate('carillon_event_loop_busy_seconds_total'), legend: '{{job}} {{instance}}' }],
    },
    {
      title: 'Event loop lag, p99',
      question: 'Does a process react late? Timers alone make some 10 ms.',
      kind: 'lines',
      unit: 's',
      width: 8,
      queries: [{ expr: ofCarillon('nodejs_eventloop_lag_p99_seconds'), legend: '{{job}} {{instance}}' }],
    },
    {
      title: 'CPU',
      question: 'How much CPU does each process use, its helper threads included?',
      kind: 'lines',
      unit: 'percentunit',
      width: 8,
      queries: [{ expr: ofCarillon(rate('process_cpu_seconds_total')), legend: '{{job}} {{instance}}' }],
    },
    {
      title: 'Full workers',
      question: 'How much of their concurrency do workers use? At 1, more workers or more concurrency help.',
      kind: 'lines',
      unit: 'percentunit',
      width: 8,
      colours: ['green', [0.9, 'red']],
      queries: [
        {
          expr: 'sum by (app, lane) (carillon_in_flight) / (sum by (app, lane) (carillon_in_flight_limit) > 0)',
          legend: '{{app}} {{lane}}',
        },
      ],
    },
    {
      title: 'Workers of each queue',
      question: 'Is there a worker for each app and lane?',
      kind: 'lines',
      unit: 'none',
      width: 8,
      queries: [{ expr: 'max by (app, lane) (carillon_queue_workers)', legend: '{{app}} {{lane}}' }],
    },
    {
      title: 'Memory',
      question: 'Does the memory of a process grow?',
      kind: 'lines',
      unit: 'bytes',
      width: 8,
      queries: [{ expr: ofCarillon('process_resident_memory_bytes'), legend: '{{job}} {{instance}}' }],
    },
    {
      title: 'Memory of Redis',
      question: 'How full is Redis? At its limit it takes nothing more, and homeservers are told 503.',
      kind: 'lines',
      unit: 'bytes',
      width: 8,
      queries: [
        { expr: 'max(carillon_redis_memory_used_bytes)', legend: 'used' },
        { expr: 'max(carillon_redis_memory_max_bytes)', legend: 'limit' },
      ],
    },
    {
      title: 'Time of a Redis command',
      question: 'Is Redis slow, or the way to it?',
      kind: 'lines',
      unit: 's',
      width: 8,
      queries: [
        {
          expr: quantile(0.5, 'job', command),
          legend: '{{job}} p50',
        },
        {
          expr: quantile(0.99, 'job', command),
          legend: '{{job}} p99',
        },
      ],
    },
    {
      title: 'Time of a request',
      question: 'Do homeservers wait for our answer?',
      kind: 'lines',
      unit: 's',
      width: 8,
      queries: [
        { expr: quantile(0.5, '', request), legend: 'p50' },
        { expr: quantile(0.99, '', request), legend: 'p99' },
      ],
    },
    {
      title: 'Connections to providers',
      question: 'Do connections stay open?',
      kind: 'lines',
      unit: 'short',
      width: 8,
      queries: [
        { expr: 'sum by (app) (carillon_provider_connections)', legend: '{{app}}' },
        {
          expr: 'sum by (app, reason) (increase(carillon_provider_connections_closed_total[$__rate_interval]))',
          legend: '{{app}} closed: {{reason}}',
        },
      ],
    },
    {
      title: 'What makes Redis unsafe',
      question: 'Can Redis lose deliveries, because it persists nothing or throws keys away?',
      kind: 'rows',
      unit: 'none',
      width: 8,
      queries: [{ expr: 'max by (problem) (carillon_redis_unsafe)', legend: '{{problem}}' }],
    },
    {
      title: 'Configuration and queue readings',
      question:
        'Was the last change of the configuration taken (1), and can the queues be read (no failures)?',
      kind: 'lines',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: 'min by (job) (carillon_config_last_reload_successful)',
          legend: '{{job}} configuration taken',
        },
        {
          expr: 'sum by (job) (increase(carillon_queue_read_failures_total[$__rate_interval]))',
          legend: '{{job}} failures to read the queues',
        },
      ],
    },
  ],
};
