import type { Hop, HopKind } from '@carillon/hops';
import { expect, test } from 'vitest';
import { foldHops } from './fold-hops.ts';

test('of a row of give-backs the last is shown, with how many were before it', () => {
  const kinds: readonly HopKind[] = ['queued', 'parked', 'parked', 'parked', 'later', 'parked', 'delivered'];
  const hops = kinds.map((kind, at): Hop => ({ kind, at }));
  expect(foldHops(hops).map(({ hop, repeats }) => [hop.at, repeats])).toEqual([
    [0, 0],
    [3, 2],
    [4, 0],
    [5, 0],
    [6, 0],
  ]);
});
