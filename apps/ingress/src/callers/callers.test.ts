import { createMetrics } from '@carillon/runtime';
import { expect, test } from 'vitest';
import { createAccessLog, type AccessEntry } from './access-log.ts';
import { createCallers } from './callers.ts';
import { measureCallers } from './measure-callers.ts';

function setup(mostCallers?: number) {
  let at = 1_000;
  const callers = createCallers({
    windowMs: 30_000,
    now: () => at,
    ...(mostCallers !== undefined && { mostCallers }),
  });
  return { callers, pass: (ms: number) => (at += ms) };
}

test('who floods is told first, with requests, devices, rejections and errors', () => {
  const { callers, pass } = setup();
  for (let index = 0; index < 100; index++) callers.count('198.51.100.1', 1, 0, false);
  callers.count('2001:db8:1:2::/64', 20, 3, false);
  callers.count('192.0.2.7', 0, 0, true);
  pass(10_000);
  expect(callers.read()).toEqual({
    seconds: 10,
    callers: 3,
    busiest: [
      { caller: '198.51.100.1', requests: 100, devices: 100, rejected: 0, failed: 0 },
      { caller: '2001:db8:1:2::/64', requests: 1, devices: 20, rejected: 3, failed: 0 },
      { caller: '192.0.2.7', requests: 1, devices: 0, rejected: 0, failed: 1 },
    ],
    rest: { requests: 0, devices: 0, rejected: 0, failed: 0 },
  });
});

test('what is longer ago than a minute counts no more, and a half minute ago still does', () => {
  const { callers, pass } = setup();
  callers.count('a', 1, 0, false);
  pass(31_000);
  callers.count('a', 1, 0, false);
  expect(callers.read()).toMatchObject({ seconds: 31, busiest: [{ caller: 'a', requests: 2 }] });
  pass(30_000);
  expect(callers.read()).toMatchObject({ seconds: 31, busiest: [{ requests: 1 }] });
  pass(300_000);
  expect(callers.read()).toMatchObject({ callers: 0, busiest: [] });
});

test('of very many callers fifty have names, and the rest is counted together', () => {
  const { callers, pass } = setup();
  for (let index = 0; index < 1_000; index++)
    for (let times = 0; times <= index % 100; times++) callers.count(`10.0.${index}`, 1, 0, false);
  pass(1_000);
  const { busiest, rest } = callers.read();
  expect(busiest).toHaveLength(50);
  expect(busiest.map(({ requests }) => requests)).toEqual(
    busiest.map(({ requests }) => requests).toSorted((a, b) => b - a),
  );
  expect(busiest[0]?.requests).toBe(100);
  expect(rest.requests + busiest.reduce((sum, { requests }) => sum + requests, 0)).toBe(50_500);
});

// Invariants 13 and 14.
test('a crowd of made-up addresses takes no more than its room, and hides nobody who floods', () => {
  const { callers, pass } = setup(2_000);
  for (let index = 0; index < 500; index++) callers.count('the flood', 1, 0, false);
  for (let round = 0; round < 3; round++) {
    pass(30_000);
    for (let index = 0; index < 10_000; index++) callers.count(`${round}.${index}`, 1, 0, false);
    for (let index = 0; index < 500; index++) callers.count('the flood', 1, 0, false);
    const { busiest, callers: count, rest } = callers.read();
    expect(busiest[0]).toMatchObject({ caller: 'the flood', requests: 1_000 });
    expect(count).toBeLessThanOrEqual(2_000);
    expect(rest.requests).toBeGreaterThan(9_000);
  }
});

const entry: AccessEntry = {
  caller: '198.51.100.1',
  status: 200,
  devices: 2,
  rejected: 1,
  ms: 3.2468,
  userAgent: 'x'.repeat(10_000),
};

test('the access log has a line for each request, with a short user agent', () => {
  const lines: object[] = [];
  createAccessLog({ oneIn: 1, write: (fields) => lines.push(fields) }).request(entry);
  expect(lines).toEqual([{ ...entry, userAgent: undefined, ms: 3.2, user_agent: 'x'.repeat(100) }]);
});

test('a sampled access log has one line in so many, and each says so', () => {
  const lines: object[] = [];
  let at = 0;
  const log = createAccessLog({
    oneIn: 10,
    write: (fields) => lines.push(fields),
    random: () => (at++ % 100) / 100,
  });
  for (let index = 0; index < 1_000; index++) log.request(entry);
  expect(lines).toHaveLength(100);
  expect(lines[0]).toMatchObject({ one_in: 10 });
});

test('metrics tell what share one caller has, and fifty have', async () => {
  const { callers, pass } = setup();
  for (let index = 0; index < 60; index++) callers.count(`caller ${index}`, 1, 0, false);
  for (let index = 0; index < 39; index++) callers.count('caller 3', 1, 0, false);
  pass(10_000);
  const metrics = createMetrics({ version: '1', ofProcess: false });
  measureCallers(callers.read(), metrics);
  const { text } = await metrics.expose();
  expect(text).toContain('carillon_callers 60\n');
  for (const [rank, value] of [
    ['busiest', 4],
    ['next_49', 4.9],
    ['rest', 1],
  ])
    expect(text).toContain(`carillon_caller_requests_per_second{rank="${rank}"} ${value}\n`);
});
