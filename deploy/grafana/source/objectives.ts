/**
 * The service level objectives (docs/observability.md), as shares of what is good, over any stretch of time:
 * `window` is the stretch, in PromQL; `app` is a matcher of the app, or nothing for all.
 */

/** Share of the requests of homeservers that are not answered with a fault of ours. */
export const doorObjective = 0.999;
/** Share of the deliveries that have their outcome in time. */
export const lateObjective = 0.995;
/** Prometheus 3 writes whole bounds of buckets with a decimal point, Prometheus 2 does not. */
const inTime = 'le=~"10|10.0"';

export const doorShare = (window: string): string =>
  `1 - sum(increase(carillon_http_requests_total{status=~"5.."}[${window}])) / sum(increase(carillon_http_requests_total[${window}]))`;

/** What expired or became a dead letter had no outcome at all, so it counts as late. */
export function inTimeShare(window: string, app = ''): string {
  const late = [app, 'reason=~"expired|dead_letter"'].filter(Boolean).join(', ');
  return (
    `sum(increase(carillon_delivery_seconds_bucket{${[app, inTime].filter(Boolean).join(', ')}}[${window}])) / ` +
    `(sum(increase(carillon_delivery_seconds_count{${app}}[${window}])) + ` +
    `(sum(increase(carillon_deliveries_dropped_total{${late}}[${window}])) or vector(0)))`
  );
}

/** What is left of the share that may go wrong: 1 is all of it, less than 0 is a broken objective. */
export const budgetLeft = (share: string, objective: number): string =>
  `1 - (1 - (${share})) / ${(1 - objective).toFixed(4)}`;
