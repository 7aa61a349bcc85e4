import { doorObjective, lateObjective } from '../grafana/source/objectives.ts';
import {
  appStopped,
  delivered,
  increasePer,
  lanePaused,
  putOff,
  shared,
  unlessPaged,
  type Alert,
  type AlertGroup,
  type Duration,
} from './alert.ts';

/*
 * The two objectives (docs/observability.md), by how fast their error budgets of thirty days burn: over a long
 * window, so that a moment's trouble wakes nobody, and a short one, so that the alert goes soon after the trouble.
 * Source: Google, "The Site Reliability Workbook", chapter 5, "Alerting on SLOs".
 */

interface Burn {
  /** How many times faster than the budget bears. */
  readonly factor: number;
  readonly long: Duration;
  readonly short: Duration;
}

const burns: Readonly<Record<Alert['severity'], readonly Burn[]>> = {
  page: [
    { factor: 14.4, long: '1h', short: '5m' }, // 2 % of the budget in an hour
    { factor: 6, long: '6h', short: '30m' }, // 5 % of it in six
  ],
  ticket: [{ factor: 1, long: '3d', short: '6h' }], // 10 % of it in three days
};

const doorErrors = (window: Duration): string =>
  `sum(rate(carillon_http_requests_total{status=~"5.."}[${window}])) / sum(rate(carillon_http_requests_total[${window}]))`;

/** What had its outcome in time is good. What had it late, expired or became a dead letter is not. */
const lateness = (window: Duration): string =>
  `1 - sum(rate(carillon_delivery_seconds_bucket{le=~"10|10.0"}[${window}])) / ` +
  `(sum(rate(carillon_delivery_seconds_count[${window}])) + ` +
  `(sum(rate(carillon_deliveries_dropped_total{reason=~"expired|dead_letter"}[${window}])) or vector(0)))`;

function burning(
  errors: (window: Duration) => string,
  objective: number,
  severity: Alert['severity'],
): string {
  return burns[severity]
    .map(({ factor, long, short }) => {
      const limit = `${factor} * ${(1 - objective).toFixed(4)}`;
      return `((${errors(long)}) > ${limit} and (${errors(short)}) > ${limit})`;
    })
    .join(' or ');
}

/**
 * A budget stays burnt for as long as the windows reach back, and nobody is to be woken for what is over: a page ends with its
 * cause. So `for` is longer than the last of these looks back.
 */
const refusesStill = ` and on () ${doorErrors('2m')} > 0.005`;
const waitsStill =
  ` and on () count((${shared('app, lane', 'carillon_queue_oldest_seconds')} > 10` +
  ` unless on (app) ${appStopped} unless on (app, lane) ${lanePaused}` +
  `${unlessPaged('app, lane', 'CarillonOldestDeliveryTooOld', 'CarillonNoWorkers')})` + // each says more
  // Also where nothing was delivered, so that there is no share to take.
  ` or (sum by (app) (${putOff}) > 0` +
  ` unless on (app) sum by (app) (${putOff}) <= 0.05 * ${increasePer('app', delivered, '5m')}` +
  ` unless on (app) ${appStopped}${unlessPaged('app', 'CarillonDeliveriesPutOff')})) > 0`;

const burnt = 'What was burnt may be over';

export const promises: AlertGroup = {
  name: 'carillon-promises',
  alerts: [
    {
      name: 'CarillonRefusesRequests',
      severity: 'page',
      expr: `(${burning(doorErrors, doorObjective, 'page')})${refusesStill}`,
      for: '3m',
      summary:
        'Homeservers are answered with server errors: {{ $value | humanizePercentage }} of their requests.',
      description:
        'Redis is down, frozen, full or read-only, or an app has more waiting than its max_backlog or max_backlog_memory. `carillon check` names which.',
    },
    {
      name: 'CarillonPushesLate',
      severity: 'page',
      expr: `(${burning(lateness, lateObjective, 'page')})${waitsStill}`,
      for: '2m',
      summary:
        'Phones ring late or not at all: {{ $value | humanizePercentage }} of deliveries took longer than 10 s or expired.',
      description:
        'A provider is slow or puts much off, or there are too few workers. `carillon apps` shows which app waits and why.',
    },
    {
      name: 'CarillonRefusesRequests',
      severity: 'ticket',
      expr: `(${burning(doorErrors, doorObjective, 'ticket')})${unlessPaged('', 'CarillonRefusesRequests')}`,
      for: '2m',
      summary:
        'In three days {{ $value | humanizePercentage }} of the requests of homeservers were answered with server errors.',
      description: `${burnt}: the dashboard shows when it was. If it goes on, \`carillon check\` names the cause.`,
    },
    {
      name: 'CarillonPushesLate',
      severity: 'ticket',
      expr: `(${burning(lateness, lateObjective, 'ticket')})${unlessPaged('', 'CarillonPushesLate')}`,
      for: '2m',
      summary:
        'In three days {{ $value | humanizePercentage }} of deliveries took longer than 10 s or expired.',
      description: `${burnt}: the dashboard shows when it was. If it goes on, \`carillon apps\` shows which app waits and why.`,
    },
  ],
};
