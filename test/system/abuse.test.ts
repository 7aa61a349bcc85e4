import { expect, test } from 'vitest';
import { attacks } from '../abuse/attacks.ts';
import { measure } from '../abuse/measure.ts';
import { startSite } from '../abuse/site.ts';

/** The short form of `npm run abuse`: seconds of each attack, each on an installation of its own. How fast a machine is that others use is no bar. */
const rules = { rate: 20, quietMs: 1_000, attackMs: 3_000, afterMs: 1_000, unnoticedMs: 15_000 };

// Invariant 14.
test.each(attacks)('nobody is hurt by a stranger that $does', async (attack) => {
  await using site = await startSite();
  expect((await measure(site, attack, rules)).misses).toEqual([]);
});
