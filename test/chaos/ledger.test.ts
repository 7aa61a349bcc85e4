import { expect, test } from 'vitest';
import { createLedger } from './ledger.ts';

function setup() {
  const ledger = createLedger();
  for (const event of ['a', 'b', 'c']) ledger.asked(event, { provider: 'apns', dead: false, at: 1_000 });
  ledger.asked('dead', { provider: 'apns', dead: true, at: 1_000 });
  return ledger;
}

test('what was promised to a living phone and did not ring is missing', () => {
  const ledger = setup();
  for (const event of ['a', 'b', 'dead']) ledger.promised(event, false, 1_010);
  ledger.rang('a', 'id-a', 1_200);
  expect(ledger.missing()).toEqual(['b']);
  expect(ledger.tally()).toMatchObject({ asked: 4, promised: 3, delivered: 1 });
});

test('a second ring is a twin with the same identity, and counted apart with another', () => {
  const ledger = setup();
  for (const event of ['a', 'b']) ledger.promised(event, false, 1_010);
  for (const identity of ['id-a', 'id-a']) ledger.rang('a', identity, 1_200);
  for (const identity of ['id-b', 'other']) ledger.rang('b', identity, 1_200);
  expect(ledger.tally()).toMatchObject({ twins: 1, otherIdentity: 1 });
});

test('a rejection of a living phone is told from one of a dead phone', () => {
  const ledger = setup();
  ledger.promised('dead', true, 1_010);
  ledger.promised('a', true, 1_010);
  expect(ledger.tally()).toMatchObject({ rejected: 1, wronglyRejected: 1 });
});

test('a ring that nobody was promised is counted apart', () => {
  const ledger = setup();
  ledger.rang('c', 'id-c', 1_200);
  expect(ledger.missing()).toEqual([]);
  expect(ledger.tally()).toMatchObject({ unpromised: 1, delivered: 0 });
});

test('times run from the first try or from the answer, to the first ring', () => {
  const ledger = setup();
  ledger.promised('a', false, 1_150);
  for (const at of [1_200, 9_000]) ledger.rang('a', 'id-a', at);
  expect(ledger.latencies('apns', 'asked')).toEqual({ p50: 200, p99: 200, slowest: 200 });
  expect(ledger.latencies('apns', 'promised')).toEqual({ p50: 50, p99: 50, slowest: 50 });
});
