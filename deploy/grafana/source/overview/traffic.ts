import type { RowPlan } from '../plan.ts';
import { ratePer, withType } from '../queries.ts';

export const traffic: RowPlan = {
  title: 'Traffic: do pushes arrive, and do phones ring?',
  panels: [
    {
      title: 'Requests by answer',
      question: 'Do homeservers get through? 503 is Redis, 4xx what cannot be read, 429 the rate limit.',
      kind: 'lines',
      unit: 'reqps',
      width: 8,
      queries: [{ expr: ratePer('status', 'carillon_http_requests_total'), legend: '{{status}}' }],
    },
    {
      title: 'Devices by result',
      question:
        'What became of the devices in these requests: queued, duplicates, dead pushkeys, refused for a backlog?',
      kind: 'lines',
      unit: 'suffix:/s',
      width: 8,
      queries: [{ expr: ratePer('result', 'carillon_devices_total'), legend: '{{result}}' }],
    },
    {
      title: 'Pushes taken by providers',
      question: 'Do phones ring, and through which provider?',
      kind: 'lines',
      unit: 'suffix:/s',
      width: 8,
      queries: [
        {
          expr: `sum by (type) (${withType(ratePer('app', 'carillon_sends_total{outcome="delivered"}'))})`,
          legend: '{{type}}',
        },
      ],
    },
  ],
};
