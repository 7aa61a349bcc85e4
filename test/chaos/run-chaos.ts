import { setTimeout as delay } from 'node:timers/promises';
import { begin } from './carry-out.ts';
import { createLedger, type Latencies, type Tally } from './ledger.ts';
import { readLeft } from './left-on-redis.ts';
import { watchMemory } from './peak-memory.ts';
import type { Provider } from './phones.ts';
import { placeOf, type PlannedFault } from './schedule.ts';
import { startSite, type Site } from './site.ts';
import { createWriters } from './writers.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** Notifies a second, of both apps. */
  readonly rate: number;
  /** Whose app the faults of providers hit. The other one is healthy. */
  readonly sick: Provider;
  readonly faults: readonly PlannedFault[];
  /** How long to wait for the backlog after the last fault. */
  readonly patienceMs: number;
  /**
   * Whether a process is left alone until it works, as on machines where a start takes longer than the pause between two
   * faults; nothing would ever run there. Default: false, any moment is good enough for a crash.
   */
  readonly afterStart?: boolean;
  readonly say: (line: string) => void;
}

export interface ChaosResult {
  readonly tally: Tally;
  /** Promised, not rung, and nowhere on a queue. Must be none. */
  readonly lost: readonly string[];
  /** Promised and not rung, but still on a queue when the patience ended. */
  readonly waiting: number;
  /** Among the failed jobs. Must be none. */
  readonly deadLetters: number;
  /** From the first try of the homeserver; and from the answer, which leaves out what waited at the door. */
  readonly sick: Readonly<Record<'asked' | 'promised', Latencies>>;
  readonly healthy: Readonly<Record<'asked' | 'promised', Latencies>>;
  /** Tries of the homeserver that were not answered 200. */
  readonly failedTries: ReadonlyMap<string, number>;
  readonly drain: {
    /** Promised deliveries that had not rung when the load and the last fault were over. */
    readonly backlog: number;
    /** From then until nine tenths of them had rung, and all. */
    readonly mostMs: number;
    readonly allMs: number;
  };
  /** Bytes, by role. */
  readonly peakMemory: ReadonlyMap<string, number>;
  /** Processes that ended by themselves, or not with 0 when asked to stop. Must be none. */
  readonly troubles: readonly string[];
  readonly starts: number;
}

/** One event in so many is for the healthy app. */
const healthyEvery = 5;
const pollMs = 250;

/** Runs the load and the faults, waits for the backlog, and counts. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, durationMs, rate, sick, faults, patienceMs, say } = options;
  const healthy: Provider = sick === 'apns' ? 'fcm' : 'apns';
  await using site = await startSite(seed);
  const ledger = createLedger();
  for (const program of Object.values(site.providers)) {
    program.onLine(({ rang, identity, at }) => {
      if (typeof rang !== 'string' || typeof at !== 'number') return;
      ledger.rang(rang, String(identity), at);
    });
  }
  using memory = watchMemory(() => pidsOf(site));
  const writers = createWriters({
    seed,
    ledger,
    doors: () => site.ingresses.map(({ url }) => url),
    otherAppEvery: healthyEvery,
    apps: { most: sick, other: healthy },
  });
  try {
    writers.start(rate);
    await carryOut(site, options, faults, say);
    writers.stop();
    const quietAt = Date.now();
    const backlog = ledger.missing();
    say(`the load of ${durationMs / 1_000} s is over; ${backlog.length} promised deliveries wait`);

    const deadline = performance.now() + patienceMs;
    await Promise.race([writers.settled(), delay(patienceMs, undefined, { ref: false })]);
    let left = await readLeft(site.redis);
    while ((ledger.missing().length > 0 || left.waiting.size > 0) && performance.now() < deadline) {
      await delay(pollMs);
      if (ledger.missing().length === 0 || performance.now() > deadline - 1_000)
        left = await readLeft(site.redis);
    }
    left = await readLeft(site.redis);
    const missing = ledger.missing();
    const drained = backlog
      .map((event) => (ledger.rungAt(event) ?? Date.now()) - quietAt)
      .toSorted((a, b) => a - b);
    const drainedAfter = (share: number): number => drained[Math.ceil(drained.length * share) - 1] ?? 0;
    const latencies = (of: Provider) => ({
      asked: ledger.latencies(of, 'asked'),
      promised: ledger.latencies(of, 'promised'),
    });
    const slots = [...site.ingresses, ...site.workers];
    return {
      tally: ledger.tally(),
      lost: missing.filter((event) => !left.waiting.has(event)),
      waiting: missing.filter((event) => left.waiting.has(event)).length,
      deadLetters: left.deadLetters.size,
      sick: latencies(sick),
      healthy: latencies(healthy),
      failedTries: writers.failures,
      drain: { backlog: backlog.length, mostMs: drainedAfter(0.9), allMs: drainedAfter(1) },
      peakMemory: memory.peaks,
      troubles: slots.flatMap(({ troubles }) => troubles),
      starts: slots.reduce((sum, { starts }) => sum + starts, 0),
    };
  } finally {
    writers.close();
  }
}

/** Resolves when the load's time is over and every fault has ended. */
async function carryOut(
  site: Site,
  { durationMs, sick, afterStart = false }: ChaosOptions,
  faults: readonly PlannedFault[],
  say: (line: string) => void,
): Promise<void> {
  const startedAt = performance.now();
  const until = (ms: number): Promise<void> => delay(Math.max(0, startedAt + ms - performance.now()));
  const over = new Map<string, Promise<void>>();
  const one = async (planned: PlannedFault, before: Promise<void> | undefined): Promise<void> => {
    await until(planned.at);
    await before; // on a busy machine, the one before may not have come to its end
    if (afterStart) await Promise.all([...site.ingresses, ...site.workers].map((slot) => slot.working()));
    const end = await begin(site, sick, planned);
    say(line(planned));
    await until(planned.until);
    await end();
  };
  const works = faults.map((planned) => {
    const work = one(planned, over.get(placeOf(planned)));
    over.set(placeOf(planned), work);
    return work;
  });
  await Promise.all([until(durationMs), ...works]);
}

/** A planned fault, as it stands in the printed schedule. */
export function line(planned: PlannedFault): string {
  const { name, fault, at, until } = planned;
  const place = placeOf(planned).slice(fault.target.length);
  const lasts = until > at ? `, for ${((until - at) / 1_000).toFixed(1)} s` : '';
  return `${(at / 1_000).toFixed(1).padStart(6)} s  ${name}${place}${lasts}`;
}

function pidsOf({ ingresses, workers, redis }: Site): readonly (readonly [string, number])[] {
  return [
    ...ingresses.map(({ pid }) => ['ingress', pid] as const),
    ...workers.map(({ pid }) => ['worker', pid] as const),
    ['redis', redis.pid],
  ];
}
