import { describe, expect, test } from 'vitest';
import { decideRetry, type RetryInput } from './retry-policy.ts';

const now = 1_000_000;
const input: RetryInput = { backoff: 'outage', tries: 1, now, expiresAt: now + 86_400_000, random: 0 };
const waitMs = (changes: Partial<RetryInput>): number | string => {
  const decision = decideRetry({ ...input, ...changes });
  return decision.kind === 'retry' ? decision.at - now : decision.kind;
};

describe('without a word of the provider', () => {
  test.each([
    ['connection', [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    ['throttled', [60_000, 120_000, 240_000, 300_000, 300_000]],
    ['outage', [10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 450_000, 450_000]],
  ] as const)('waits of %s double up to the cap', (backoff, shortest) => {
    expect(shortest.map((_, i) => waitMs({ backoff, tries: i + 1 }))).toEqual(shortest);
    expect(shortest.map((_, i) => waitMs({ backoff, tries: i + 1, random: 1 }))).toEqual(
      shortest.map((ms) => ms * 2),
    );
  });

  test('chance spreads them evenly between the two', () => {
    expect(waitMs({ random: 0.5 })).toBe(15_000);
  });

  test('any number of tries gives a time', () => {
    expect(waitMs({ tries: 10_000 })).toBe(450_000);
  });
});

test("a provider's own time is honoured to the millisecond, and one that has passed means now", () => {
  expect(waitMs({ notBefore: now + 1_234, random: 0.7 })).toBe(1_234);
  expect(waitMs({ notBefore: now - 5 })).toBe(0);
});

// Invariant 9.
test('a time at or beyond the expiry is never', () => {
  expect(waitMs({ expiresAt: now + 10_000 })).toBe('expired');
  expect(waitMs({ expiresAt: now + 10_001 })).toBe(10_000);
  expect(waitMs({ notBefore: now + 90_000_000 })).toBe('expired');
});
