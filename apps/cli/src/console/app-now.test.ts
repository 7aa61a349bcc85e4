import { expect, test } from 'vitest';
import type { AppState } from '../app-states/app-states.ts';
import { createRateMeter } from '../top/rates.ts';
import { appNow } from './app-now.ts';

const now = Date.parse('2026-11-21T14:00:00Z');

test('what its provider has put off is as old as `carillon apps` says', () => {
  const later = { count: 9, known: 9, oldestAt: now - 190_000, reason: 'RESOURCE_EXHAUSTED' };
  const state: AppState = {
    app: { name: 'android', type: 'fcm', mode: 'live' },
    lanes: [
      { app: 'android', lane: 'high', waiting: 0, delayed: 9, active: 0, deadLetters: 0, workers: 2, later },
    ],
    pauses: [],
    suspects: 0,
    deadLetters: 0,
  };
  const app = appNow(state, createRateMeter().add([]), now);
  expect(app.lanes).toMatchObject([{ lane: 'high', delayed: 9, oldest: '3m 10s' }]);
  expect(app.flow.oldest).toBe('3m 10s');
});
