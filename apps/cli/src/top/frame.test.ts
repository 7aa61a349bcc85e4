import { describe, expect, test } from 'vitest';
import type { Backlog } from '@carillon/queue';
import type { AppState } from '../app-states/app-states.ts';
import { frameLines, type FrameSize, type Reading } from './frame.ts';
import { createRateMeter } from './rates.ts';

const now = Date.parse('2026-11-21T14:00:00Z');

function stateOf(
  name: string,
  { high = {}, ...more }: Partial<AppState> & { high?: Partial<Backlog> } = {},
): AppState {
  const depth = { app: name, waiting: 0, delayed: 0, active: 0, deadLetters: 0, workers: 1 };
  return {
    app: { name, type: 'apns', mode: 'live' },
    lanes: [
      { ...depth, lane: 'calls' },
      { ...depth, lane: 'high', ...high },
      { ...depth, lane: 'low' },
    ],
    pauses: [],
    suspects: 0,
    deadLetters: 0,
    ...more,
  };
}

const parked = {
  kind: 'misconfigured',
  reason: 'InvalidProviderToken',
  cure: 'mend the key',
  since: now - 300_000,
  probes: 3,
  passes: 0,
  probeAt: now + 1_000,
  probeInMs: 1_000,
} as const;

function frame(
  states: readonly AppState[],
  size: Partial<FrameSize> = {},
  more: Partial<Pick<Reading, 'redisTrouble' | 'troubles' | 'callers'>> = {},
) {
  const rates = createRateMeter().add([]);
  const reading: Reading = { at: now, states, rates, callers: [], troubles: [], ...more };
  return frameLines(reading, { columns: 240, rows: Infinity, coloured: false, ...size });
}

describe('a frame', () => {
  test('tells of each app what waits, how old it is, and what is wrong, and adds it up', () => {
    const lines = frame([
      stateOf('quiet'),
      stateOf('busy', { high: { waiting: 40, delayed: 2, active: 5, oldestAt: now - 4_000 }, suspects: 2 }),
      stateOf('parked', { high: { waiting: 7, oldestAt: now - 90_000 }, parked }),
      stateOf('late', {
        high: {
          delayed: 9,
          later: { count: 9, known: 9, oldestAt: now - 120_000, reason: 'QUOTA_EXCEEDED' },
        },
      }),
      stateOf('alone', { high: { waiting: 1, workers: 0, oldestAt: now - 60_000 }, deadLetters: 1 }),
    ]);
    expect(lines[0]).toBe('carillon top  2026-11-21T14:00:00Z  5 apps, 3 in trouble');
    const rows = lines.slice(2).map((line) => line.split(/ {2,}/));
    expect(rows[0]?.slice(-5)).toEqual(['WAITING', 'DELAYED', 'OLDEST', 'IN FLIGHT', 'STATE']);
    expect(rows.slice(1).map((row) => [row[0], ...row.slice(-5)])).toEqual([
      ['late', '0', '9', '2m', '0', 'put off 2m: QUOTA_EXCEEDED'],
      ['parked', '7', '0', '1m 30s', '0', 'parked 5m: InvalidProviderToken'],
      ['alone', '1', '0', '1m', '0', 'no worker: high; dead letters: 1'],
      ['busy', '40', '2', '4s', '5', 'suspects: 2'],
      ['quiet', '0', '0', '–', '0', 'ok'],
      ['total', '–', '48', '11', '2m', '5'],
    ]);
  });

  test('tells of an app in dry run, and takes it for no trouble', () => {
    const lines = frame([stateOf('app', { app: { name: 'app', type: 'fcm', mode: 'dry_run' } })]);
    expect(lines[0]).toContain('1 app, none in trouble');
    expect(lines[3]).toMatch(/dry run$/);
  });

  test('tells of what is paused, and takes it for no trouble', () => {
    const pause = { app: 'app', lane: 'calls', by: 'alice@host', since: now - 300_000 } as const;
    const lines = frame([stateOf('app', { pauses: [pause] })]);
    expect(lines[0]).toContain('1 app, none in trouble');
    expect(lines[3]).toMatch(/paused 5m: calls$/);
  });

  test('says what it could not read, and a dash where nobody was asked', () => {
    const lines = frame([stateOf('app')], {}, { troubles: ['no rates of 10.0.0.5:9402: no answer'] });
    expect(lines[1]).toBe('! no rates of 10.0.0.5:9402: no answer');
    expect(lines[4]).toMatch(/^app +apns +–( +–){7} /);
  });

  test('says that homeservers are refused', () => {
    const meter = createRateMeter();
    const door = (at: number, value: number) => {
      const labels = { status: '503' };
      return {
        host: 'door',
        processId: 'door',
        at,
        samples: [{ name: 'carillon_http_requests_total', labels, value }],
      };
    };
    meter.add([door(0, 0)]);
    const rates = meter.add([door(1_000, 12)]);
    const reading = { at: now, states: [stateOf('app')], rates, troubles: [], callers: [] };
    const [, trouble] = frameLines(reading, { columns: 240, rows: Infinity, coloured: false });
    expect(trouble).toBe('! homeservers are refused 12.0 requests a second (5xx): see carillon check');
  });

  test('does not say that no app is in trouble while Redis cannot be read', () => {
    const redisTrouble =
      'redis 127.0.0.1:6379: there is no connection to it; what waits is as it was last read';
    const lines = frame([stateOf('app')], {}, { redisTrouble });
    expect(lines[0]).toBe('carillon top  2026-11-21T14:00:00Z  1 app, Redis cannot be read');
    expect(lines[1]).toBe(`! ${redisTrouble}`);
  });

  test.each([240, 120, 80, 60, 40, 20, 10])('is no wider than %d columns', (columns) => {
    const name = 'com.example.a.very.long.name.of.an.app.ios';
    const lines = frame(
      [stateOf(name, { parked }), stateOf('b')],
      { columns },
      { troubles: ['x'.repeat(300)] },
    );
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    expect(lines[4]).toContain('.app.io');
  });

  test.each([240, 120, 80, 60, 40])('keeps what matters most in %d columns', (columns) => {
    const lines = frame([stateOf('com.example.a.very.long.name.ios', { parked })], { columns });
    expect(lines[2]).toMatch(/^APP +.*WAITING +.*STATE/);
    expect(lines[3]).toMatch(/\.ios +.*0 .*parked 5m/);
  });

  test('is no higher than the terminal: what it leaves out is what needs nobody, and it says so', () => {
    const states = Array.from({ length: 50 }, (_, index) =>
      stateOf(`app${index}`, index === 33 ? { parked } : {}),
    );
    const lines = frame(states, { rows: 12 });
    expect(lines.length).toBeLessThanOrEqual(12);
    expect(lines[3]).toMatch(/^app33 /);
    expect(lines.at(-2)).toBe(`… and ${50 - (lines.length - 5)} more`);
    expect(lines.at(-1)).toMatch(/^total /);
  });

  test('has colours where they are wanted, and none elsewhere', () => {
    const states = [stateOf('app', { parked })];
    expect(frame(states).join('')).not.toContain('\u001B');
    expect(frame(states, { coloured: true })[3]).toMatch(/^\u001B\[31m.*\u001B\[39m$/); // oxlint-disable-line no-control-regex -- the colours are what is looked for
  });

  test('shows no control characters that came from outside', () => {
    const nasty = { ...parked, reason: 'a\u001B[2Jb\nc' };
    expect(frame([stateOf('app', { parked: nasty })]).join('|')).toContain('parked 5m: a [2Jb c');
  });
});

const caller = (name: string, requests: number) => ({
  caller: name,
  requests,
  devices: 2,
  rejected: 0,
  failed: 0.4,
});

test('below the apps stand the busiest callers, as many as there is room for', () => {
  const callers = [
    caller('198.51.100.1', 120),
    ...Array.from({ length: 49 }, (_, i) => caller(`10.0.0.${i}`, 1)),
  ];
  const whole = frame([stateOf('one')], {}, { callers });
  expect(whole.slice(-51, -49)).toEqual([
    'CALLER        REQUESTS/s  DEVICES/s  REJECTED/s  FAILED/s',
    '198.51.100.1         120        2.0           0       0.4',
  ]);
  for (const rows of [5, 8, 10, 12, 24]) {
    const lines = frame([stateOf('one')], { rows, columns: 30 }, { callers });
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(lines.every((line) => line.length <= 30)).toBe(true);
    expect(lines.some((line) => line.startsWith('198.51'))).toBe(rows >= 10);
  }
});
