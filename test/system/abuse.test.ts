import { afterAll, beforeAll, expect, test } from 'vitest';
import { attacks } from '../abuse/attacks.ts';
import { measure } from '../abuse/measure.ts';
import { startSite, type Site } from '../abuse/site.ts';

/** The short form of `npm run abuse`: seconds of each attack, one after the other on one installation. How fast a machine is that others use is no bar. */
const rules = { rate: 20, quietMs: 1_000, attackMs: 3_000, afterMs: 1_000, unnoticedMs: 15_000 };

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site[Symbol.asyncDispose]());

// Invariant 14.
test.each(attacks)('nobody is hurt by a stranger that $does', async (attack) => {
  expect((await measure(site, attack, rules)).misses).toEqual([]);
});
