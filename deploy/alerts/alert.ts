/** An alert in our own form; `rules-file.ts` makes Prometheus' form of it. */
export interface Alert {
  /** In the words of the field; also the heading of its section in docs/runbook.md. */
  readonly name: string;
  /** PromQL. Has the labels that the summary names. */
  readonly expr: string;
  /** How long it must hold; nothing for at once. */
  readonly for?: Duration;
  /** `page` wakes somebody: phones do not ring, or soon will not. `ticket` waits for the morning. */
  readonly severity: 'page' | 'ticket';
  /** What is wrong, in one line; `{{ $labels.app }}` stands for a label. */
  readonly summary: string;
  /** The likely cause, and the command that tells more. */
  readonly description: string;
}

/** In Prometheus' form: `5m`. */
export type Duration = string;

export interface AlertGroup {
  readonly name: string;
  readonly alerts: readonly Alert[];
}

/** The latest value over all processes that report the same, such as the depth of a queue. */
export const shared = (labels: string, metric: string): string => `max by (${labels}) (${metric})`;

/** While the deliveries of an app wait for a cause that has an alert of its own, and for as long after as their backlog takes to go out. */
export const appStopped =
  `(${shared('app', 'max_over_time(carillon_app_parked[5m])')} == 1 or ` +
  `${shared('app', 'max_over_time(carillon_breaker_open[5m])')} == 1)`;

/** The same for what an operator has paused: it is meant to wait. */
export const lanePaused = `${shared('app, lane', 'max_over_time(carillon_app_paused[5m])')} == 1`;

export const delivered = 'carillon_sends_total{outcome="delivered"}';

/** How many deliveries of an app its provider has put off, by what it said. */
export const putOff = `sum by (app, reason) (${shared('app, lane, reason', 'carillon_queue_later')} unless on (app, lane) ${lanePaused})`;

/** For a ticket of a thing that somebody was woken for already. */
export const unlessPaged = (labels: string, ...names: readonly string[]): string =>
  ` unless on (${labels}) ALERTS{alertname=~"${names.join('|')}", alertstate="firing", severity="page"}`;

export const increasePer = (labels: string, metric: string, window: Duration): string =>
  `sum by (${labels}) (increase(${metric}[${window}]))`;

/**
 * Series of a counter that stepped in the window. `increase` alone misses the first step of all: a series whose label values are not known
 * beforehand begins with it.
 */
export const stepped = (labels: string, metric: string, window: Duration): string =>
  `${increasePer(labels, metric, window)} > 0 or sum by (${labels}) (${metric} unless ${metric} offset ${window}) > 0`;
