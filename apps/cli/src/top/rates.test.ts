import { expect, test } from 'vitest';
import type { OpsPage } from './ops-pages.ts';
import { parsePrometheusText } from './prometheus-text.ts';
import { createRateMeter } from './rates.ts';

const page = (processId: string, seconds: number, text: string): OpsPage => ({
  host: 'localhost:9402',
  processId,
  at: seconds * 1_000,
  samples: parsePrometheusText(text) ?? [],
});

const worker = (delivered: number, fast: number, slow: number) => `
carillon_in_flight{app="a",lane="high"} 1
carillon_sends_total{app="a",outcome="delivered",reason="ok"} ${delivered}
carillon_sends_total{app="a",outcome="later",reason="timeout"} ${delivered}
carillon_sends_total{app="a",outcome="misconfigured",reason="BadTopic"} ${delivered}
carillon_deliveries_dropped_total{app="b",lane="calls",reason="expired"} ${delivered}
carillon_delivery_seconds_bucket{le="1",app="a",lane="high"} ${fast}
carillon_delivery_seconds_bucket{le="+Inf",app="a",lane="high"} ${fast + slow}
`;

test('pages that are read more rarely than the window is long tell of the time between them', () => {
  const meter = createRateMeter();
  for (const seconds of [0, 15]) meter.add([page('w', seconds, worker(seconds, 0, 0))]);
  expect(meter.add([page('w', 40, worker(65, 0, 0))]).of('a').counts.delivered).toBe(2);
});

test('one page tells nothing yet; two tell what happened between them, for each app and in all', () => {
  const meter = createRateMeter();
  expect(meter.add([page('w', 0, worker(100, 0, 0))])).toMatchObject({ ofIngress: false, ofWorkers: false });
  const reading = meter.add([page('w', 2, worker(120, 10, 0))]);
  expect(reading).toMatchObject({ ofIngress: false, ofWorkers: true });
  expect(reading.of('a')).toEqual({
    counts: { queued: 0, delivered: 10, dead: 0, refused: 0, later: 20, dropped: 0, turnedAway: 0 },
    p50: 0.5,
    p99: 0.99,
  });
  expect(reading.of('b')).toEqual({
    counts: { queued: 0, delivered: 0, dead: 0, refused: 0, later: 0, dropped: 10, turnedAway: 0 },
  });
  expect(reading.total.counts).toMatchObject({ delivered: 10, later: 20, dropped: 10 });
  expect(reading.of('unknown').counts.delivered).toBe(0);
});

test('processes add up, and what an ingress queued is told beside', () => {
  const meter = createRateMeter();
  const at = (seconds: number, one: number, other: number, queued: number) => [
    page('one', seconds, worker(one, 0, 0)),
    page('other', seconds, worker(other, 0, 0)),
    page(
      'door',
      seconds,
      `carillon_devices_total{app="a",result="queued"} ${queued}\ncarillon_devices_total{app="a",result="duplicate"} ${queued}`,
    ),
  ];
  meter.add(at(0, 0, 50, 5));
  const reading = meter.add(at(1, 1, 52, 9));
  expect(reading).toMatchObject({ ofIngress: true, ofWorkers: true });
  expect(reading.of('a').counts).toMatchObject({ delivered: 3, queued: 4 });
});

test('a process that was started anew, and a series that is new, count from zero', () => {
  const meter = createRateMeter();
  meter.add([page('w', 0, worker(1_000, 500, 0))]);
  expect(meter.add([page('w', 1, worker(7, 0, 0))]).of('a').counts.delivered).toBe(7);
  meter.add([page('x', 0, 'carillon_in_flight{app="a",lane="high"} 0')]);
  expect(meter.add([page('x', 1, worker(3, 0, 0))]).of('a').counts.delivered).toBe(3);
});

test('rates are over the last ten seconds, and a page that is gone takes its rates with it', () => {
  const meter = createRateMeter();
  for (let second = 0; second <= 20; second += 2) meter.add([page('w', second, worker(0, 0, 0))]);
  for (let second = 22; second <= 30; second += 2) meter.add([page('w', second, worker(100, 0, 0))]);
  expect(meter.add([page('w', 30.5, worker(100, 0, 0))]).of('a').counts.delivered).toBe(0);
  expect(meter.add([])).toMatchObject({ ofWorkers: false });
});

test('requests that were refused with a server error count for no app, and in all', () => {
  const meter = createRateMeter();
  const door = (ok: number, bad: number) =>
    page(
      'door',
      ok,
      `carillon_http_requests_total{status="200"} ${ok}\ncarillon_http_requests_total{status="503"} ${bad}`,
    );
  meter.add([door(0, 0)]);
  expect(meter.add([door(2, 30)]).total.counts.turnedAway).toBe(15);
});
