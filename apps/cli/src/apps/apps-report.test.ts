import { lanes } from '@carillon/core';
import { expect, test } from 'vitest';
import type { AppState } from '../app-states/app-states.ts';
import { appsJson, appsReport } from './apps-report.ts';

const now = Date.parse('2026-11-21T14:00:00Z');

function stateOf(name: string): AppState {
  const depth = { app: name, waiting: 100_000, delayed: 20_000, active: 256, deadLetters: 0, workers: 3 };
  return {
    app: { name, type: 'webpush', mode: 'live' },
    lanes: lanes.map((lane) => ({ ...depth, lane, oldestAt: now - 90_000 })),
    pauses: [],
    suspects: 0,
    deadLetters: 0,
  };
}

/** The lines of the table, without what is noted below it. */
function tableOf(name: string, columns?: number): readonly string[] {
  const [text = ''] = appsReport([stateOf(name)], now, { coloured: false, columns }).split('\n\n');
  return text.split('\n');
}

test.each([undefined, 80])('fits 80 columns with the names that apps have (of a terminal: %s)', (columns) => {
  for (const name of ['com.example.app.ios', 'com.example.app.android'])
    for (const line of tableOf(name, columns)) expect(line.length).toBeLessThanOrEqual(80);
});

test.each([100, 80, 65])('keeps the end of a longer name on a terminal of %d columns', (columns) => {
  const [head = '', ...rows] = tableOf('com.example.a.very.long.name.of.an.app.ios.voip', columns);
  expect(head).toMatch(/^APP +.*WAITING +DELAYED +IN FLIGHT +WORKERS +OLDEST$/);
  expect(rows[0]).toMatch(/voip +.*calls +100000 +20000 +256 +3 +1m 30s$/);
  for (const line of [head, ...rows]) expect(line.length).toBeLessThanOrEqual(columns);
});

test('tells since when a provider puts deliveries off, and what it says', () => {
  const state = stateOf('android');
  const later = { count: 513, known: 500, oldestAt: now - 190_000, reason: 'RESOURCE_EXHAUSTED' };
  const ofHigh = { waiting: 0, delayed: 513, active: 0, deadLetters: 0, workers: 2, app: 'android', later };
  const putOff: AppState = { ...state, lanes: [{ ...ofHigh, lane: 'high' }] };
  const text = appsReport([putOff], now, { coloured: false, columns: 80 });
  expect(text).toMatch(/high +0 +513 +0 +2 +3m 10s/);
  expect(text).toContain(
    'android: its provider has put off 513 in the lane high, the oldest for 3m 10s, most of them as RESOURCE_EXHAUSTED',
  );
  const [lane] =
    (JSON.parse(appsJson([putOff], now)) as { apps: { lanes: object[] }[] }).apps[0]?.lanes ?? [];
  expect(lane).toMatchObject({ oldestSeconds: null, putOff: { count: 513, known: 500, oldestSeconds: 190 } });
});

test('cuts no name where programs may read it, and tells types where there is room', () => {
  const name = 'com.example.a.very.long.name.of.an.app.ios.voip';
  expect(tableOf(name)[1]).toMatch(new RegExp(`^${name} +calls`));
  expect(tableOf(name, 120)[1]).toMatch(new RegExp(`^${name} +webpush +calls`));
});

test('tells of an app in dry run, whose phones are silent on purpose', () => {
  const state = stateOf('android');
  const text = appsReport([{ ...state, app: { ...state.app, mode: 'dry_run' } }], now, {
    coloured: false,
    columns: 80,
  });
  expect(text).toMatch(/! android is in dry run: nothing of it is sent\n +cure: write `mode: live`/);
});
