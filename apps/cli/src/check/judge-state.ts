import { pauseOf, type Backlog } from '@carillon/queue';
import type { AppState } from '../app-states/app-states.ts';
import { parkedReason, parkWords } from '../app-states/park-words.ts';
import { pausedLanes, pauseText, resumeLine } from '../app-states/pause-words.ts';
import { lateMs, putOffCure, putOffLanes, putOffText } from '../app-states/put-off.ts';
import { timeText } from '../terminal/time-text.ts';
import type { Finding } from './finding.ts';

export function judgeParked({ app, parked }: AppState, now: number): readonly Finding[] {
  if (parked === undefined) return [];
  const since = `${parkWords[parked.kind]} for ${timeText(now - parked.since)} (${parkedReason(parked)})`;
  const what = `apps.${app.name}`;
  switch (parked.kind) {
    case 'misconfigured':
    case 'fuse': {
      const detail = `${since}: its deliveries wait`;
      return [{ kind: 'bad', what, detail, cure: parked.cure, exit: 'configuration' }];
    }
    case 'outage': {
      const detail = `${since}: half of its sends or more fail, and its deliveries wait`;
      return [{ kind: 'bad', what, detail, cure: parked.cure, exit: 'unavailable' }];
    }
    default:
      return parked.kind satisfies never;
  }
}

/** What somebody has stopped on purpose: no problem, but somebody who looks for one has to know of it. */
export function judgePauses({ app, pauses }: AppState, now: number): readonly Finding[] {
  return pauses.map((pause) => ({
    kind: 'warning',
    what: `apps.${app.name}`,
    detail: `${pausedLanes(pause)} ${pause.lane === undefined ? 'are' : 'is'} ${pauseText(pause, now)}`,
    cure: `\`${resumeLine(pause)}\` ends it`,
  }));
}

export function judgeQueue({ app, lanes: lines, pauses, parked }: AppState, now: number): readonly Finding[] {
  const what = `apps.${app.name}`;
  const waiting = sum(lines.map((line) => line.waiting));
  const delayed = sum(lines.map((line) => line.delayed));
  if (waiting + delayed === 0) return [];
  const oldest = Math.max(...lines.map((line) => age(line, now)));
  const since = waiting > 0 ? `, the oldest for ${timeText(oldest)}` : '';
  const detail = `${waiting} wait to be sent${since}; ${delayed} for a later try`;
  const late = lines.filter(
    (line) => age(line, now) > lateMs[line.lane] && pauseOf(pauses, app.name, line.lane) === undefined,
  );
  // Without workers, or while the app is paused, parked or held, something else is the cause and told as such.
  if (late.length === 0 || parked !== undefined || late.every(({ workers }) => workers === 0))
    return [{ kind: 'good', what, detail }];
  return [
    {
      kind: 'warning',
      what,
      detail,
      cure: 'its workers do not keep up: start more of them, or raise `worker.concurrency` if they are not busy (docs/operations.md, "Scaling")',
    },
  ];
}

/** What waits although workers take it: nothing of it has an outcome, and nothing else tells of it. */
export function judgePutOff(state: AppState, now: number): readonly Finding[] {
  return putOffLanes(state, now).map((one) => ({
    kind: 'warning',
    what: `apps.${state.app.name}`,
    detail: putOffText(one, now),
    cure: putOffCure,
  }));
}

export function judgeDeadLetters({ app, deadLetters: count }: AppState): readonly Finding[] {
  if (count === 0) return [];
  const detail = `${count} ${count === 1 ? 'delivery' : 'deliveries'} given up: not readable, or crashed their workers`;
  return [
    { kind: 'warning', what: `apps.${app.name}`, detail, cure: 'look at them with `carillon dead list`' },
  ];
}

export function judgeWorkers(states: readonly AppState[]): readonly Finding[] {
  const untaken = states.map(({ app, lanes: lines }) => ({
    app: app.name,
    lines: lines.filter(({ workers }) => workers === 0),
  }));
  if (untaken.every(({ lines }) => lines.length === 0))
    return [{ kind: 'good', what: 'workers', detail: 'every app and lane is taken by one' }];
  if (states.every(({ lanes }) => lanes.every(({ workers }) => workers === 0))) {
    const waiting = sum(states.flatMap(({ lanes }) => lanes.map((line) => line.waiting)));
    return [nobody('workers', 'none runs', waiting, 'start `carillon worker`')];
  }
  return untaken
    .filter(({ lines }) => lines.length > 0)
    .map(({ app, lines }) => {
      const lanes = lines.map(({ lane }) => lane);
      const all = lanes.length === 3 ? '' : lanes.map((lane) => ` --lane ${lane}`).join('');
      return nobody(
        `apps.${app}`,
        `no worker takes its ${lanes.join(', ')}`,
        sum(lines.map((line) => line.waiting)),
        `start \`carillon worker --app '${app}'${all}\`, or let a running one take it too`,
      );
    });
}

/** Before anything is started nothing waits either, and that is in order. */
function nobody(what: string, detail: string, waiting: number, cure: string): Finding {
  return waiting === 0
    ? { kind: 'warning', what, detail: `${detail}, and nothing waits`, cure }
    : {
        kind: 'bad',
        what,
        detail: `${detail}, and ${waiting === 1 ? '1 waits' : `${waiting} deliveries wait`}`,
        cure,
        exit: 'unavailable',
      };
}

function age({ oldestAt }: Backlog, now: number): number {
  return oldestAt === undefined ? 0 : Math.max(0, now - oldestAt);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
