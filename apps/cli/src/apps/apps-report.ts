import type { Backlog, Pause } from '@carillon/queue';
import { untakenLanes, type AppState, type ParkedState } from '../app-states/app-states.ts';
import { markOf } from '../terminal/colours.ts';
import { dryRunCure, dryRunText } from '../app-states/dry-run-words.ts';
import { parkedSince, parkedText } from '../app-states/park-words.ts';
import { areOrIs, pausedLanes, pauseText, resumeLine } from '../app-states/pause-words.ts';
import { oldestOf, putOffCure, putOffLanes, putOffText } from '../app-states/put-off.ts';
import { plainText } from '../terminal/plain-text.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { cutFront, lengthOf, table, type Column } from '../terminal/table.ts';
import { timeText } from '../terminal/time-text.ts';

export interface ReportLook {
  readonly coloured: boolean;
  /** Of the terminal; undefined for what is none, where names are never cut. */
  readonly columns: number | undefined;
}

/** A table of what waits, and below it what an operator should look at. */
export function appsReport(
  states: readonly AppState[],
  now: number,
  { coloured, columns }: ReportLook,
): string {
  const rows = states.flatMap(({ app, lanes }) =>
    lanes.map((lane, index): Row => ({
      ...lane,
      label: index === 0 ? app.name : '',
      type: index === 0 ? app.type : '',
    })),
  );
  const notes = states.flatMap((state) => notesOf(state, now));
  const marked = notes.map(({ mark, lines: [first = '', ...rest] }) =>
    [`${markOf(mark, coloured)} ${first}`, ...rest.map((line) => `    ${line}`)].join('\n'),
  );
  const lines = [
    ...fitted(rows, now, columns),
    '',
    ...(marked.length > 0 ? marked : ['No app is paused, parked or held.']),
    '',
  ];
  return lines.join('\n');
}

/** Without the types where they leave no room, and on a terminal with names that leave room for the numbers. */
function fitted(rows: readonly Row[], now: number, columns: number | undefined): readonly string[] {
  const width = columns ?? usualWidth;
  const whole = table(columnsAt(now), rows);
  if (widest(whole) <= width) return whole;
  const heads = columnsAt(now).filter(({ head }) => head !== 'TYPE');
  const narrow = table(heads, rows);
  const tooWide = widest(narrow) - width;
  if (columns === undefined || tooWide <= 0) return narrow;
  const longest = Math.max(...rows.map(({ label }) => lengthOf(label)));
  const room = Math.max(shortestName, longest - tooWide);
  return table(
    heads,
    rows.map((row) => ({ ...row, label: cutFront(room, row.label) })),
  );
}

const usualWidth = 80;
const shortestName = 8;
const widest = (lines: readonly string[]): number => Math.max(...lines.map(lengthOf));

interface Row extends Backlog {
  readonly label: string;
  readonly type: string;
}

const columnsAt = (now: number): readonly Column<Row>[] => [
  { head: 'APP', cell: ({ label }) => label },
  { head: 'TYPE', cell: ({ type }) => type },
  { head: 'LANE', cell: ({ lane }) => lane },
  { head: 'WAITING', cell: ({ waiting }) => String(waiting), right: true },
  { head: 'DELAYED', cell: ({ delayed }) => String(delayed), right: true },
  { head: 'IN FLIGHT', cell: ({ active }) => String(active), right: true },
  { head: 'WORKERS', cell: ({ workers }) => String(workers), right: true },
  {
    head: 'OLDEST',
    cell: (row) => {
      const oldest = oldestOf(row);
      return oldest === undefined ? '–' : timeText(now - oldest);
    },
    right: true,
  },
];

/** What an operator should look at. */
export interface Note {
  readonly mark: 'bad' | 'warning';
  /** What is the matter; below it the cure, and the command. */
  readonly lines: readonly string[];
}

export function notesOf(state: AppState, now: number): readonly Note[] {
  const { app, pauses, parked, suspects, deadLetters } = state;
  const notes: Note[] = pauses.map((pause) => ({
    mark: 'warning',
    lines: [
      `${app.name}: ${pausedLanes(pause)} ${areOrIs(pause)} ${pauseText(pause, now)}`,
      `what waits is kept until it expires. To end it: ${resumeLine(pause)}`,
    ],
  }));
  if (parked !== undefined) {
    const next =
      parked.probeInMs > 0
        ? `the next in ${timeText(parked.probeInMs)} at the latest`
        : 'the next one any moment';
    notes.push({
      mark: 'bad',
      lines: [
        `${app.name} is ${parkedText(parked)}, ${parkedSince(parked, now)}`,
        `cure: ${plainText(parked.cure)}`,
        `probes that failed: ${parked.probes}; ${next}. By hand: carillon apps resume ${shellWord(app.name)}`,
      ],
    });
  }
  if (app.mode === 'dry_run')
    notes.push({ mark: 'warning', lines: [`${app.name} ${dryRunText}`, `cure: ${dryRunCure}`] });
  for (const { lane, waiting, oldestAt = now } of untakenLanes(state))
    notes.push({
      mark: 'bad',
      lines: [
        `${app.name}, lane ${lane}: ${waiting} wait, the oldest for ${timeText(now - oldestAt)}, and no worker takes them`,
        'cure: start a worker that takes it, or see its --app, --type and --lane',
      ],
    });
  for (const one of putOffLanes(state, now))
    notes.push({ mark: 'warning', lines: [`${app.name}: ${putOffText(one, now)}`, `cure: ${putOffCure}`] });
  if (suspects > 0)
    notes.push({
      mark: 'warning',
      lines: [
        `${app.name}: ${count(suspects, 'suspect')} in its fuse`,
        'what was sent to them waits for one window of the fuse, and is sent again if they are alive',
      ],
    });
  if (deadLetters > 0)
    notes.push({
      mark: 'warning',
      lines: [
        `${app.name}: ${count(deadLetters, 'dead letter')}: carillon dead list --app ${shellWord(app.name)}`,
      ],
    });
  return notes;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The same for programs. Times are ISO 8601, ages and waits seconds; what is unknown is null. */
export function appsJson(states: readonly AppState[], now: number): string {
  const apps = states.map(({ app, lanes, pauses, parked, suspects, deadLetters }) => {
    return {
      name: app.name,
      type: app.type,
      lanes: lanes.map(({ lane, waiting, delayed, active, workers, oldestAt, later }) => ({
        lane,
        waiting,
        delayed,
        inFlight: active,
        workers,
        oldestSeconds: oldestAt === undefined ? null : Math.max(0, now - oldestAt) / 1_000,
        putOff:
          later === undefined
            ? null
            : {
                count: later.count,
                known: later.known,
                oldestSeconds: Math.max(0, now - later.oldestAt) / 1_000,
                reason: later.reason,
              },
      })),
      pauses: pauses.map(pauseJson),
      parked: parked === undefined ? null : parkedJson(parked),
      suspects,
      deadLetters,
    };
  });
  return `${JSON.stringify({ apps }, undefined, 2)}\n`;
}

function pauseJson({ lane, by, reason, since, until }: Pause) {
  const ends = until === undefined ? null : new Date(until).toISOString();
  return {
    lane: lane ?? null,
    by,
    reason: reason ?? null,
    since: new Date(since).toISOString(),
    until: ends,
  };
}

function parkedJson({ kind, reason, cure, since, probes, passes, probeInMs }: ParkedState) {
  const nextProbeSeconds = probeInMs / 1_000;
  return { kind, reason, cure, since: new Date(since).toISOString(), probes, passes, nextProbeSeconds };
}
