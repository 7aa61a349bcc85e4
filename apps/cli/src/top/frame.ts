import { callerLines, type CallerRate } from './callers.ts';
import { untakenLanes, type AppState } from '../app-states/app-states.ts';
import { paint, type Style } from '../terminal/colours.ts';
import { parkedReason, parkWords } from '../app-states/park-words.ts';
import { oldestOf, putOffLanes } from '../app-states/put-off.ts';
import { plainText } from '../terminal/plain-text.ts';
import { cutFront, cutTo, lengthOf, table, type Column } from '../terminal/table.ts';
import { timeText } from '../terminal/time-text.ts';
import type { Counted, Rates, RatesReading } from './rates.ts';

/** Everything that one frame shows. */
export interface Reading {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The last that Redis told. */
  readonly states: readonly AppState[];
  readonly rates: RatesReading;
  /** Who calls, the busiest first. */
  readonly callers: readonly CallerRate[];
  /** Why `states` are older than that: Redis could not be read. */
  readonly redisTrouble?: string;
  /** What else could not be read: private listeners. */
  readonly troubles: readonly string[];
}

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
  readonly coloured: boolean;
}

/** The lines of a frame, none wider than the terminal and no more than it has: sick apps first, then by backlog. */
export function frameLines(reading: Reading, { columns, rows, coloured }: FrameSize): readonly string[] {
  const { at, states, rates, redisTrouble } = reading;
  const { turnedAway } = rates.total.counts;
  const troubles = [
    ...(redisTrouble === undefined ? [] : [redisTrouble]),
    ...(turnedAway === 0
      ? []
      : [`homeservers are refused ${rateText(turnedAway)} requests a second (5xx): see carillon check`]),
    ...reading.troubles,
  ];
  const lines = states.map((state) => lineOf(state, rates.of(state.app.name), at)).toSorted(byNeed);
  const total = totalOf(lines, rates.total);
  const head = [
    title(lines, at, redisTrouble !== undefined),
    ...troubles.map((trouble) => `! ${trouble}`),
    '',
  ];
  const room = Math.max(1, rows - head.length - 2); // the heads of the columns, and the total
  const shown = lines.length > room ? lines.slice(0, Math.max(0, room - 1)) : lines;
  const hidden = lines.length - shown.length;
  const [heads = '', ...body] = fitted([...shown, total], reading, columns);
  const foot = body.pop() ?? '';
  const left = rows - head.length - body.length - 2 - Math.sign(hidden);
  const [, callerHeads, ...callers] = callerLines(reading.callers, left);
  const line = (style: Style, text: string): string => paint(style, cutTo(columns, text), coloured);
  return [
    ...head.map((text, index) => line(index === 0 ? 'bold' : 'yellow', text)),
    line('inverse', heads),
    ...body.map((text, index) => (shown[index]?.bad === true ? line('red', text) : cutTo(columns, text))),
    ...(hidden > 0 ? [cutTo(columns, `… and ${hidden} more`)] : []),
    line('bold', foot),
    ...(callerHeads === undefined ? [] : ['', line('inverse', callerHeads)]),
    ...callers.map((text) => cutTo(columns, text)),
  ];
}

interface Line {
  readonly name: string;
  readonly type: string;
  readonly rates: Rates;
  readonly waiting: number;
  readonly delayed: number;
  readonly inFlight: number;
  readonly oldestMs: number | undefined;
  readonly state: string;
  readonly bad: boolean;
}

function lineOf(state: AppState, rates: Rates, now: number): Line {
  const { app, lanes, pauses, parked } = state;
  const untaken = untakenLanes(state);
  const oldestAt = Math.min(...lanes.map((lane) => oldestOf(lane) ?? Infinity));
  const [putOff] = putOffLanes(state, now);
  const notes = [
    ...pauses.map(({ lane = 'all lanes', since }) => `paused ${timeText(now - since)}: ${lane}`),
    ...(parked === undefined
      ? []
      : [`${parkWords[parked.kind]} ${timeText(now - parked.since)}: ${parkedReason(parked)}`]),
    ...(app.mode === 'dry_run' ? ['dry run'] : []),
    ...(untaken.length === 0 ? [] : [`no worker: ${untaken.map(({ lane }) => lane).join(', ')}`]),
    ...(putOff === undefined
      ? []
      : [`put off ${timeText(now - putOff.later.oldestAt)}: ${plainText(putOff.later.reason, 40)}`]),
    ...(state.suspects === 0 ? [] : [`suspects: ${state.suspects}`]),
    ...(state.deadLetters === 0 ? [] : [`dead letters: ${state.deadLetters}`]),
  ];
  return {
    name: app.name,
    type: app.type,
    rates,
    waiting: lanes.reduce((sum, { waiting }) => sum + waiting, 0),
    delayed: lanes.reduce((sum, { delayed }) => sum + delayed, 0),
    inFlight: lanes.reduce((sum, { active }) => sum + active, 0),
    oldestMs: oldestAt === Infinity ? undefined : Math.max(0, now - oldestAt),
    state: notes.length === 0 ? 'ok' : notes.join('; '),
    bad: parked !== undefined || untaken.length > 0 || putOff !== undefined,
  };
}

function byNeed(a: Line, b: Line): number {
  const sickFirst = Number(b.bad) - Number(a.bad);
  if (sickFirst !== 0) return sickFirst;
  return b.waiting + b.delayed - (a.waiting + a.delayed) || (a.name < b.name ? -1 : 1);
}

function totalOf(lines: readonly Line[], rates: Rates): Line {
  const sum = (of: (line: Line) => number): number => lines.reduce((total, line) => total + of(line), 0);
  const oldest = lines.flatMap(({ oldestMs }) => oldestMs ?? []);
  return {
    name: 'total',
    type: '',
    rates,
    waiting: sum(({ waiting }) => waiting),
    delayed: sum(({ delayed }) => delayed),
    inFlight: sum(({ inFlight }) => inFlight),
    oldestMs: oldest.length === 0 ? undefined : Math.max(...oldest),
    state: '',
    bad: false,
  };
}

function title(lines: readonly Line[], at: number, isStale: boolean): string {
  const sick = lines.filter(({ bad }) => bad).length;
  const trouble = sick === 0 ? 'none in trouble' : `${sick} in trouble`;
  const apps = `${lines.length} ${lines.length === 1 ? 'app' : 'apps'}`;
  return `carillon top  ${new Date(at).toISOString().slice(0, 19)}Z  ${apps}, ${isStale ? 'Redis cannot be read' : trouble}`;
}

/** The table in as many columns as there is room for, and with names that leave room for them. */
function fitted(lines: readonly Line[], { rates }: Reading, width: number): readonly string[] {
  const longestName = Math.max(10, Math.floor(width / 3));
  const shortened = lines.map((line) => ({ ...line, name: cutFront(longestName, line.name) }));
  // Enough of it to see that there is trouble, and its first words.
  const stateRoom = Math.min(24, Math.max(5, ...lines.map(({ state }) => lengthOf(state))));
  let columns = columnsOf(rates);
  for (const head of leastImportantFirst) {
    const others = columns.filter((column) => column.head !== 'STATE');
    const [needed = ''] = table(others, shortened).toSorted((a, b) => lengthOf(b) - lengthOf(a));
    if (lengthOf(needed) + 2 + stateRoom <= width) break;
    columns = columns.filter((column) => column.head !== head);
  }
  return table(columns, shortened);
}

const leastImportantFirst = [
  'TYPE',
  'DROP/s',
  'REFUSED/s',
  'P50',
  'DEAD/s',
  'DELAYED',
  'IN FLIGHT',
  'LATER/s',
  'IN/s',
  'P99',
  'OLDEST',
  'SENT/s',
];

function columnsOf({ ofIngress, ofWorkers }: RatesReading): readonly Column<Line>[] {
  const rate = (head: string, counted: Counted, known: boolean): Column<Line> => ({
    head,
    cell: ({ rates }) => (known ? rateText(rates.counts[counted]) : '–'),
    right: true,
  });
  const late = (head: string, which: 'p50' | 'p99'): Column<Line> => ({
    head,
    cell: ({ rates }) => secondsText(rates[which]),
    right: true,
  });
  return [
    { head: 'APP', cell: ({ name }) => name },
    { head: 'TYPE', cell: ({ type }) => type },
    rate('IN/s', 'queued', ofIngress),
    rate('SENT/s', 'delivered', ofWorkers),
    rate('LATER/s', 'later', ofWorkers),
    rate('DEAD/s', 'dead', ofWorkers),
    rate('REFUSED/s', 'refused', ofWorkers),
    rate('DROP/s', 'dropped', ofWorkers),
    late('P50', 'p50'),
    late('P99', 'p99'),
    { head: 'WAITING', cell: ({ waiting }) => String(waiting), right: true },
    { head: 'DELAYED', cell: ({ delayed }) => String(delayed), right: true },
    {
      head: 'OLDEST',
      cell: ({ oldestMs }) => (oldestMs === undefined ? '–' : timeText(oldestMs)),
      right: true,
    },
    { head: 'IN FLIGHT', cell: ({ inFlight }) => String(inFlight), right: true },
    { head: 'STATE', cell: ({ state }) => state },
  ];
}

function rateText(perSecond: number): string {
  return perSecond === 0 || perSecond >= 100 ? String(Math.round(perSecond)) : perSecond.toFixed(1);
}

function secondsText(seconds: number | undefined): string {
  return seconds === undefined ? '–' : timeText(seconds * 1_000);
}
