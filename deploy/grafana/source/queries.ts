/** What many queries are made of. Intervals are Grafana's: long enough for a rate, however far out one has zoomed. */

/** Rate a second over the shortest time that makes sense. `selector` is a metric with its matchers. */
export const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`;

export const ratePer = (labels: string, selector: string): string => `sum by (${labels}) (${rate(selector)})`;

/** A quantile of a histogram; `selector` is that of its buckets, `labels` those that stay beside `le`. */
export const quantile = (q: number, labels: string, selector: string): string =>
  `histogram_quantile(${q}, sum by (${['le', labels].filter(Boolean).join(', ')}) (${rate(selector)}))`;

/**
 * Adds the label `type`, the provider's, to something that has the label `app`. While a configuration with another
 * type is rolled out an app has two: either will do.
 */
export const withType = (expr: string): string =>
  `(${expr}) * on (app) group_left (type) topk by (app) (1, max by (app, type) (carillon_app_info))`;

/** Of Carillon's processes only: `selector` is a metric that other programs have too. */
export const ofCarillon = (expr: string): string => `${expr} and on (job, instance) carillon_build_info`;
