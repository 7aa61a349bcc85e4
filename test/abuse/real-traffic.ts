import { randomUUID } from 'node:crypto';
import { startProgram } from '../installation/process.ts';
import type { Site } from './site.ts';

/** What became of the events of a stretch of time. Milliseconds from the request to the ring. */
export interface Stretch {
  readonly asked: number;
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
  /** Not answered 200. */
  readonly refused: number;
  /** Answered with the pushkey of a living phone in `rejected`. */
  readonly rejected: number;
  /** Answered 200 and not rung, at the time of asking. */
  readonly silent: number;
}

/** Real phones, to which pushes go on whatever a stranger does. */
export interface RealTraffic extends AsyncDisposable {
  /** Ends the traffic; resolves when all of it is answered. */
  stop(): Promise<void>;
  /** Resolves when all events that were answered 200 have rung, or after so long. */
  rung(withinMs: number): Promise<void>;
  /** Of the events that were asked for between two times, in milliseconds since 1970. */
  stretch(from: number, to: number): Stretch;
}

interface Asked {
  readonly at: number;
  readonly status: number;
  readonly rejected: boolean;
}

/** Resolves when the first notify is answered. */
export async function startRealTraffic(site: Site, rate: number): Promise<RealTraffic> {
  const run = `real-${randomUUID().slice(0, 8)}`;
  const homeserver = startProgram('test/abuse/homeserver.ts', [
    `--url=${site.url}`,
    `--rate=${rate}`,
    `--run=${run}`,
    `--dir=${site.dir}`,
  ]);
  const asked = new Map<string, Asked>();
  const rungAt = new Map<string, number>();
  let changed = Promise.withResolvers<void>();

  homeserver.onLine(({ asked: event, at, status, rejected }) => {
    if (typeof event === 'string')
      asked.set(event, { at: Number(at), status: Number(status), rejected: rejected === true });
  });
  for (const provider of Object.values(site.providers)) {
    provider.onLine(({ event, taken, at }) => {
      if (taken !== true || typeof event !== 'string' || !event.startsWith(`$${run}`) || rungAt.has(event))
        return;
      rungAt.set(event, Number(at));
      changed.resolve();
      changed = Promise.withResolvers();
    });
  }
  const isSilent = ([event, { status }]: [string, Asked]): boolean => status === 200 && !rungAt.has(event);

  await homeserver.lineOf((line) => 'asked' in line);

  return {
    async stop() {
      homeserver.write({});
      await homeserver.ended;
    },
    async rung(withinMs) {
      const late = Promise.withResolvers<'late'>();
      const limit = setTimeout(() => late.resolve('late'), withinMs);
      while ([...asked].some(isSilent)) {
        if ((await Promise.race([changed.promise, late.promise])) === 'late') break;
      }
      clearTimeout(limit);
    },
    stretch(from, to) {
      const mine = [...asked].filter(([, { at }]) => at >= from && at < to);
      const times = mine
        .flatMap(([event, { at }]) => {
          const rung = rungAt.get(event);
          return rung === undefined ? [] : [Math.max(0, rung - at)];
        })
        .toSorted((a, b) => a - b);
      const share = (part: number): number => times[Math.max(0, Math.ceil(times.length * part) - 1)] ?? 0;
      return {
        asked: mine.length,
        p50: share(0.5),
        p99: share(0.99),
        slowest: share(1),
        refused: mine.filter(([, { status }]) => status !== 200).length,
        rejected: mine.filter(([, { rejected }]) => rejected).length,
        silent: mine.filter(isSilent).length,
      };
    },
    [Symbol.asyncDispose]: () => homeserver[Symbol.asyncDispose](),
  };
}
