import { expect, test } from 'vitest';
import { quietFlow, testApp } from '../console.testing.ts';
import type { Flow, Now } from '../source.ts';
import { createHistory } from './history.ts';

const reading = (at: number, total: Partial<Flow> = {}, ios: Partial<Flow> = {}): Now => ({
  at,
  total: { ...quietFlow, ...total },
  apps: [testApp('ios', { flow: { ...quietFlow, ...ios } })],
  processes: [],
  workers: [],
  redis: [],
  troubles: [],
});

test('a reading of every ten seconds is kept, of all and of each app, and what is not known is null', () => {
  const history = createHistory();
  for (const at of [10_000, 12_000, 19_900])
    history.add(reading(at, { arrives: 1.23456, waiting: 7 }, { p99: 0.5 }));
  history.add(reading(30_000, { arrives: undefined, sends: undefined }));

  expect(history.since(undefined, 0)).toMatchObject({
    at: [10_000, 19_900, 30_000],
    arrives: [1.23, 1.23, null],
    delivered: [0, 0, null],
    waiting: [7, 7, 0],
    p99: [null, null, null],
  });
  expect(history.since('ios', 10_000)).toMatchObject({ at: [19_900, 30_000], p99: [0.5, null] });
  expect(history.since('nobody', 0)).toMatchObject({ arrives: [null, null, null] });
});

// Invariant 13.
test('no more than an hour is kept', () => {
  const history = createHistory();
  for (let at = 0; at < 2 * 3_600_000; at += 10_000) history.add(reading(at));
  const { at: times = [] } = history.since(undefined, 0);
  expect(times).toHaveLength(360);
  expect(times.at(-1)).toBe(7_190_000);
});
