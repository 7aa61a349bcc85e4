import { expect, test } from 'vitest';
import { fateOf, moods, type Fate } from './mood.ts';
import { seededRandom } from './random.ts';

test('fates come in the shares of the mood', () => {
  const random = seededRandom(1);
  const counts = new Map<Fate, number>();
  for (let i = 0; i < 100_000; i++) {
    const fate = fateOf(moods.errors, random);
    counts.set(fate, (counts.get(fate) ?? 0) + 1);
  }
  const percent = (fate: Fate): number => Math.round((counts.get(fate) ?? 0) / 500) / 2;
  expect((['unavailable', 'reset', 'lost', 'hang', 'taken'] as const).map(percent)).toEqual([
    20, 2.5, 2.5, 0.5, 74.5,
  ]);
});
