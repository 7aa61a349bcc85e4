import type { OpsPage } from './ops-pages.ts';
import type { Sample } from './prometheus-text.ts';
import { quantileOf } from './quantile.ts';

/** What the processes did in the last seconds, each a second, with the time that it took. */
export interface Rates {
  readonly counts: Readonly<Record<Counted, number>>;
  /** From the homeserver's request to the final outcome, in seconds; undefined when there was none. */
  readonly p50?: number;
  readonly p99?: number;
}

export type Counted = 'queued' | 'delivered' | 'dead' | 'refused' | 'later' | 'dropped' | 'turnedAway';

export interface RatesReading {
  /** Whether the pages tell of what arrives, and of what is sent. Otherwise a zero says nothing. */
  readonly ofIngress: boolean;
  readonly ofWorkers: boolean;
  of(app: string): Rates;
  readonly total: Rates;
}

/** Rates are over the last seconds, so that a frame tells of more than a moment. */
const windowMs = 10_000;

/** What a counter counts, by its name and by the value of one of its labels. */
const counters: Readonly<Record<string, (labels: Sample['labels']) => Counted | undefined>> = {
  carillon_devices_total: ({ result }) => (result === 'queued' ? result : undefined),
  carillon_sends_total: ({ outcome }) => countedOutcomes[outcome ?? ''],
  carillon_deliveries_dropped_total: () => 'dropped',
  // Of no app: a request is refused whole.
  carillon_http_requests_total: ({ status }) => (status?.startsWith('5') === true ? 'turnedAway' : undefined),
};
const countedOutcomes: Readonly<Record<string, Counted>> = {
  delivered: 'delivered',
  dead: 'dead',
  refused: 'refused',
  later: 'later',
  misconfigured: 'later', // it waits for the operator, and goes out then
};
const lateness = 'carillon_delivery_seconds_bucket';
/** A worker has it for each of its apps from its first second on. */
const workersOwn = 'carillon_in_flight';

/**
 * Adds up what the counters of several processes rose by since their pages of a window ago. As with Prometheus'
 * `rate`, a counter that fell was started anew, and one that a page did not have before was zero.
 */
export function createRateMeter(): { add(pages: readonly OpsPage[]): RatesReading } {
  let history = new Map<string, readonly OpsPage[]>();

  return {
    add(pages) {
      history = new Map(
        pages.map((page) => {
          const before = history.get(page.processId) ?? [];
          const recent = before.filter(({ at }) => at >= page.at - windowMs);
          // Where pages are read more rarely than that, the rates are since the last one.
          const kept = recent.length > 0 ? recent : before.slice(-1);
          return [page.processId, [...kept, withoutOthers(page)]];
        }),
      );
      return read([...history.values()]);
    },
  };
}

function withoutOthers(page: OpsPage): OpsPage {
  const wanted = ({ name }: Sample): boolean =>
    Object.hasOwn(counters, name) || name === lateness || name === workersOwn;
  return { ...page, samples: page.samples.filter(wanted) };
}

function read(histories: readonly (readonly OpsPage[])[]): RatesReading {
  const apps = new Map<string, Sum>();
  const total = createSum();
  let ofIngress = false;
  let ofWorkers = false;
  for (const rise of histories.flatMap(risesOf)) {
    const { name, labels } = rise;
    if (name === 'carillon_devices_total') ofIngress = true;
    if (name === workersOwn) ofWorkers = true;
    const app = labels['app'] ?? '';
    const sum = apps.get(app) ?? createSum();
    apps.set(app, sum);
    for (const one of [sum, total]) one.add(rise);
  }
  const none = createSum().rates();
  return { ofIngress, ofWorkers, of: (app) => apps.get(app)?.rates() ?? none, total: total.rates() };
}

interface Rise extends Pick<Sample, 'name' | 'labels'> {
  readonly perSecond: number;
}

function risesOf(pages: readonly OpsPage[]): readonly Rise[] {
  const [first] = pages;
  const last = pages.at(-1);
  if (first === undefined || last === undefined || last.at <= first.at) return [];
  const before = new Map(first.samples.map((sample) => [keyOf(sample), sample.value]));
  const seconds = (last.at - first.at) / 1_000;
  return last.samples.map((sample) => {
    const start = before.get(keyOf(sample)) ?? 0;
    const rise = sample.value < start ? sample.value : sample.value - start;
    return { name: sample.name, labels: sample.labels, perSecond: rise / seconds };
  });
}

function keyOf({ name, labels }: Sample): string {
  return JSON.stringify([name, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

interface Sum {
  add(rise: Rise): void;
  rates(): Rates;
}

function createSum(): Sum {
  const counts: Record<Counted, number> = {
    queued: 0,
    delivered: 0,
    dead: 0,
    refused: 0,
    later: 0,
    dropped: 0,
    turnedAway: 0,
  };
  const buckets = new Map<number, number>();
  return {
    add({ name, labels, perSecond }) {
      const counted = Object.hasOwn(counters, name) ? counters[name]?.(labels) : undefined;
      if (counted !== undefined) counts[counted] += perSecond;
      if (name !== lateness) return;
      const bound = labels['le'] === '+Inf' ? Infinity : Number(labels['le']);
      buckets.set(bound, (buckets.get(bound) ?? 0) + perSecond);
    },
    rates() {
      const p50 = quantileOf(buckets, 0.5);
      const p99 = quantileOf(buckets, 0.99);
      return { counts, ...(p50 !== undefined && { p50 }), ...(p99 !== undefined && { p99 }) };
    },
  };
}
