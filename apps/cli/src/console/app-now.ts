import type { AppNow, Flow } from '@carillon/console';
import type { AppConfig } from '@carillon/runtime';
import { untakenLanes, type AppState } from '../app-states/app-states.ts';
import { parkWords } from '../app-states/park-words.ts';
import { oldestOf } from '../app-states/put-off.ts';
import { notesOf } from '../apps/apps-report.ts';
import { timeText } from '../terminal/time-text.ts';
import type { Rates, RatesReading } from '../top/rates.ts';

/** What the console shows of an app, in the words of `carillon apps` and `carillon top`. */
export function appNow(state: AppState, rates: RatesReading, now: number): AppNow {
  const { app, lanes, suspects, deadLetters, parked, pauses } = state;
  return {
    name: app.name,
    type: app.type,
    state: stateOf(state),
    notes: notesOf(state, now).map(({ mark, lines }) => ({ bad: mark === 'bad', lines })),
    lanes: lanes.map((one) => ({
      lane: one.lane,
      waiting: one.waiting,
      delayed: one.delayed,
      inFlight: one.active,
      workers: one.workers,
      oldest: ageText(oldestOf(one), now),
    })),
    flow: flowOf([state], rates, rates.of(app.name), now),
    suspects,
    deadLetters,
    stopped: parked !== undefined || pauses.length > 0,
  };
}

/** An app of which Redis has not told yet. */
export function unreadApp({ name, type }: AppConfig, rates: RatesReading): AppNow {
  const flow = flowOf([], rates, rates.of(name), 0);
  return {
    name,
    type,
    state: 'unknown',
    notes: [],
    lanes: [],
    flow,
    suspects: 0,
    deadLetters: 0,
    stopped: false,
  };
}

/** Of one app, or of all together. */
export function flowOf(
  states: readonly AppState[],
  { ofIngress, ofWorkers }: RatesReading,
  { counts, p50, p99 }: Rates,
  now: number,
): Flow {
  const lanes = states.flatMap((state) => state.lanes);
  const oldestAt = Math.min(...lanes.map((lane) => oldestOf(lane) ?? Infinity));
  const { queued, ...sends } = counts;
  return {
    arrives: ofIngress ? queued : undefined,
    sends: ofWorkers ? sends : undefined,
    p50,
    p99,
    waiting: lanes.reduce((sum, { waiting }) => sum + waiting, 0),
    oldest: ageText(oldestAt === Infinity ? undefined : oldestAt, now),
  };
}

function stateOf(state: AppState): AppNow['state'] {
  const { parked, pauses } = state;
  if (parked !== undefined) return parkWords[parked.kind];
  if (untakenLanes(state).length > 0) return 'no worker';
  return pauses.length > 0 ? 'paused' : 'ok';
}

function ageText(at: number | undefined, now: number): string | undefined {
  return at === undefined ? undefined : timeText(Math.max(0, now - at));
}

const order = [
  'parked',
  'held',
  'no worker',
  'unknown',
  'paused',
  'ok',
] as const satisfies readonly AppNow['state'][];

/** Those in trouble first, then by what waits. */
export function byNeed(a: AppNow, b: AppNow): number {
  return (
    order.indexOf(a.state) - order.indexOf(b.state) ||
    b.flow.waiting - a.flow.waiting ||
    (a.name < b.name ? -1 : 1)
  );
}
