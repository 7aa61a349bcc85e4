import { busiestOf, type Caller, type CallerCounts } from './busiest.ts';

/** Who called in the last moments. */
export interface CallersReading {
  /** The time that the counts are of. */
  readonly seconds: number;
  /** How many callers there were in half of that, as far as they were told apart. */
  readonly callers: number;
  /** At most 50, those of most requests and devices first. */
  readonly busiest: readonly Caller[];
  /** All others together. */
  readonly rest: CallerCounts;
}

/** Counts what each caller sends, for an operator who looks for the one that floods. */
export interface Callers {
  count(caller: string, devices: number, rejected: number, failed: boolean): void;
  read(): CallersReading;
}

export interface CallersOptions {
  /** Half of what a reading tells of. */
  readonly windowMs?: number;
  /** Callers that are told apart in each half; the others count together (invariant 13). */
  readonly mostCallers?: number;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

const usualWindowMs = 30_000;
/** 100,000 in both halves: some 15 MB. */
const usualMostCallers = 50_000;
/** How many are told by name. */
const mostBusiest = 50;

interface Window {
  readonly callers: Map<string, Mutable>;
  readonly total: Mutable;
}
type Mutable = { -readonly [Key in keyof CallerCounts]: number };
const none = (): Mutable => ({ requests: 0, devices: 0, rejected: 0, failed: 0 });
const newWindow = (): Window => ({ callers: new Map(), total: none() });

/**
 * Counts in two halves: the present one and the one before. When a half has as many callers as it tells apart, the rest of
 * its time counts newcomers together; those that were busiest before have their place from the start, so that
 * a crowd of new addresses hides nobody who floods.
 */
export function createCallers({
  windowMs = usualWindowMs,
  mostCallers = usualMostCallers,
  now = () => performance.now(),
}: CallersOptions = {}): Callers {
  let before = newWindow();
  let present = newWindow();
  const startedAt = now();
  let beganAt = startedAt;

  function turn(): void {
    const passed = now() - beganAt;
    if (passed < windowMs) return;
    before = passed < 2 * windowMs ? present : newWindow();
    present = newWindow();
    for (const { caller } of busiestOf(before.callers, mostBusiest)) present.callers.set(caller, none());
    beganAt += Math.floor(passed / windowMs) * windowMs;
  }

  return {
    count(caller, devices, rejected, failed) {
      turn();
      let counts = present.callers.get(caller);
      if (counts === undefined && present.callers.size < mostCallers)
        present.callers.set(caller, (counts = none()));
      for (const one of counts === undefined ? [present.total] : [present.total, counts]) {
        one.requests += 1;
        one.devices += devices;
        one.rejected += rejected;
        if (failed) one.failed += 1;
      }
    },
    read() {
      turn();
      const candidates = new Set(
        [before, present].flatMap(({ callers }) =>
          busiestOf(callers, mostBusiest).map(({ caller }) => caller),
        ),
      );
      const both = new Map(
        [...candidates].map((caller) => [
          caller,
          sum(before.callers.get(caller), present.callers.get(caller)),
        ]),
      );
      const busiest = busiestOf(both, mostBusiest).filter(({ requests }) => requests > 0);
      const named = busiest.reduce<CallerCounts>((all, one) => sum(all, one), none());
      return {
        seconds: Math.min(windowMs + now() - beganAt, now() - startedAt) / 1_000,
        callers: Math.max(before.callers.size, present.callers.size),
        busiest,
        rest: sum(sum(before.total, present.total), named, -1),
      };
    },
  };
}

function sum(a: CallerCounts = none(), b: CallerCounts = none(), times = 1): CallerCounts {
  return {
    requests: a.requests + times * b.requests,
    devices: a.devices + times * b.devices,
    rejected: a.rejected + times * b.rejected,
    failed: a.failed + times * b.failed,
  };
}
