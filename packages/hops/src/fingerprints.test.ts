import { expect, test } from 'vitest';
import { createFingerprints, maxLevel, newHopKey } from './fingerprints.ts';

const key = newHopKey();

test('processes with the same key agree, those with another do not', () => {
  const [one, two, other] = [key, key, newHopKey()].map(createFingerprints);
  expect(one?.event('$event')).toEqual(two?.event('$event'));
  expect(one?.pushkey('pushkey')).toBe(two?.pushkey('pushkey'));
  expect(one?.event('$event').print).not.toBe(other?.event('$event').print);
  expect([one?.keyId === two?.keyId, one?.keyId === other?.keyId]).toEqual([true, false]);
});

test('an event and a pushkey of the same text have nothing in common', () => {
  const fingerprints = createFingerprints(key);
  expect(Math.floor(fingerprints.event('text').print / 2 ** 24)).not.toBe(fingerprints.pushkey('text'));
});

test('each sampling level keeps about half of what the one below keeps, and nothing that it does not', () => {
  const fingerprints = createFingerprints(key);
  const events = Array.from({ length: 20_000 }, (_, index) => fingerprints.event(`$event${index}`).keptUpTo);
  for (const level of [0, 1, 2, 3, 4, 5, 6]) {
    const kept = events.filter((upTo) => upTo >= level).length;
    const fair = events.length / 2 ** level;
    expect(Math.abs(kept - fair)).toBeLessThan(6 * Math.sqrt(fair) + 1);
  }
  expect(Math.max(...events)).toBeLessThanOrEqual(maxLevel);
});
