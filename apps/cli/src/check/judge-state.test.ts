import { lanes, type Lane } from '@carillon/core';
import type { Backlog, ParkedApp } from '@carillon/queue';
import { describe, expect, test } from 'vitest';
import type { AppState } from '../app-states/app-states.ts';
import {
  judgeDeadLetters,
  judgeParked,
  judgePauses,
  judgePutOff,
  judgeQueue,
  judgeWorkers,
} from './judge-state.ts';

const now = 1_000_000_000;
const minute = 60_000;

function app(
  name: string,
  change: Partial<Record<Lane, Partial<Backlog>>> = {},
  parked?: ParkedApp,
): AppState {
  const ofLanes = lanes.map((lane) => ({
    app: name,
    lane,
    waiting: 0,
    delayed: 0,
    active: 0,
    workers: 2,
    deadLetters: 0,
    ...change[lane],
  }));
  return {
    app: { name, type: 'apns', mode: 'live' },
    lanes: ofLanes,
    pauses: [],
    suspects: 0,
    deadLetters: ofLanes.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
    ...(parked !== undefined && { parked: { ...parked, probeInMs: 0 } }),
  };
}

const parkedFor = (kind: ParkedApp['kind']): ParkedApp => ({
  kind,
  reason: 'Because',
  cure: 'Mend it.',
  since: now - 12 * minute,
  probes: 1,
  passes: 0,
  probeAt: now,
});

describe('what a provider puts off', () => {
  const later = { count: 30, known: 30, oldestAt: now - 2 * minute, reason: 'http_503' };

  test('is told with its age and its reason once it is late', () => {
    expect(judgePutOff(app('web', { high: { delayed: 30, later } }), now)).toMatchObject([
      {
        kind: 'warning',
        what: 'apps.web',
        detail: 'its provider has put off 30 in the lane high, the oldest for 2m, most of them as http_503',
      },
    ]);
  });

  test('is no finding before, nor where the app is parked or held', () => {
    const fresh = { ...later, oldestAt: now - 30_000 };
    expect(judgePutOff(app('web', { high: { delayed: 30, later: fresh } }), now)).toEqual([]);
    expect(judgePutOff(app('web', { high: { delayed: 30, later } }, parkedFor('outage')), now)).toEqual([]);
  });
});

describe('a paused lane', () => {
  const pause = { app: 'ios', lane: 'high', by: 'alice@host', since: now - minute } as const;

  test('is told with who did it and how it ends, and is not late', () => {
    const paused = { ...app('ios', { high: { waiting: 5, oldestAt: now - 60 * minute } }), pauses: [pause] };
    expect(judgePauses(paused, now)).toEqual([
      {
        kind: 'warning',
        what: 'apps.ios',
        detail: expect.stringMatching(
          /^its lane high is paused by alice@host since .* \(1m\), until it is resumed$/,
        ) as string,
        cure: '`carillon apps resume ios --lane high` ends it',
      },
    ]);
    expect(judgeQueue(paused, now)).toMatchObject([{ kind: 'good' }]);
    expect(judgeQueue({ ...paused, pauses: [] }, now)).toMatchObject([{ kind: 'warning' }]);
  });
});

describe('a parked or held app', () => {
  test('is told with the cure that stands in Redis', () => {
    expect(judgeParked(app('ios'), now)).toEqual([]);
    const words = { misconfigured: 'Because', fuse: 'fuse: Because' } as const;
    for (const kind of ['misconfigured', 'fuse'] as const)
      expect(judgeParked(app('ios', {}, parkedFor(kind)), now)).toEqual([
        {
          kind: 'bad',
          what: 'apps.ios',
          detail: `parked for 12m (${words[kind]}): its deliveries wait`,
          cure: 'Mend it.',
          exit: 'configuration',
        },
      ]);
    expect(judgeParked(app('ios', {}, parkedFor('outage')), now)).toMatchObject([
      { kind: 'bad', detail: expect.stringContaining('held for 12m') as string, exit: 'unavailable' },
    ]);
  });
});

describe('a queue', () => {
  const waitingFor = (ms: number) => ({ waiting: 7, delayed: 2, oldestAt: now - ms });

  test('that is empty is not told', () => {
    expect(judgeQueue(app('ios'), now)).toEqual([]);
  });

  test.each([
    ['calls', 9_000, 'good'],
    ['calls', 11_000, 'warning'],
    ['high', 59_000, 'good'],
    ['high', 2 * minute, 'warning'],
    ['low', 2 * minute, 'good'],
    ['low', 6 * minute, 'warning'],
  ] as const)('whose oldest of %s waits for %d ms is %s', (lane, ms, kind) => {
    expect(judgeQueue(app('ios', { [lane]: waitingFor(ms) }), now)).toMatchObject([
      { kind, detail: expect.stringContaining('7 wait to be sent, the oldest for') as string },
    ]);
  });

  test('is not blamed on workers when its app is parked or nobody takes it', () => {
    const late = waitingFor(10 * minute);
    expect(judgeQueue(app('ios', { high: late }, parkedFor('fuse')), now)).toMatchObject([{ kind: 'good' }]);
    expect(judgeQueue(app('ios', { high: { ...late, workers: 0 } }), now)).toMatchObject([{ kind: 'good' }]);
  });

  test('of which all wait for a later try has no oldest', () => {
    expect(judgeQueue(app('ios', { high: { delayed: 3 } }), now)).toMatchObject([
      { kind: 'good', detail: '0 wait to be sent; 3 for a later try' },
    ]);
  });
});

test('deliveries that were given up are counted over all lanes', () => {
  expect(judgeDeadLetters(app('ios'))).toEqual([]);
  expect(judgeDeadLetters(app('ios', { high: { deadLetters: 2 }, low: { deadLetters: 1 } }))).toMatchObject([
    { kind: 'warning', detail: expect.stringContaining('3 deliveries given up') as string },
  ]);
});

describe('workers', () => {
  const none = { workers: 0 };
  const nobody = { calls: none, high: none, low: none };

  test('that take everything are in order', () => {
    expect(judgeWorkers([app('ios'), app('web')])).toMatchObject([{ kind: 'good' }]);
  });

  test('of which none runs are a warning before the first delivery, and bad after it', () => {
    expect(judgeWorkers([app('ios', nobody), app('web', nobody)])).toMatchObject([
      { kind: 'warning', what: 'workers', cure: 'start `carillon worker`' },
    ]);
    expect(judgeWorkers([app('ios', { ...nobody, high: { ...none, waiting: 5 } })])).toMatchObject([
      { kind: 'bad', detail: 'none runs, and 5 deliveries wait', exit: 'unavailable' },
    ]);
  });

  test('that leave out an app or a lane are told by its name', () => {
    expect(judgeWorkers([app('ios', nobody), app('web', { calls: { ...none, waiting: 1 } })])).toMatchObject([
      {
        kind: 'warning',
        what: 'apps.ios',
        detail: 'no worker takes its calls, high, low, and nothing waits',
        cure: expect.stringContaining("`carillon worker --app 'ios'`") as string,
      },
      {
        kind: 'bad',
        what: 'apps.web',
        detail: 'no worker takes its calls, and 1 waits',
        cure: expect.stringContaining("--app 'web' --lane calls`") as string,
      },
    ]);
  });
});
