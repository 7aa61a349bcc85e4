import { expect, test } from 'vitest';
import { failures } from '../chaos/report.ts';
import { runChaos } from '../chaos/run-chaos.ts';
import { planFaults, readWantedFaults } from '../chaos/schedule.ts';

/** The short form of `npm run chaos`, with the faults that need no long waits. */
const durationMs = 10_000;
const faults = 'worker-kill:4,ingress-kill:4,worker-stop:6,ingress-stop:6,redis-kill:6:0.3,provider-cuts:6:4';

test('no promise is broken while workers, ingresses, Redis and a provider fail', async () => {
  const said: string[] = [];
  const result = await runChaos({
    seed: 20,
    durationMs,
    rate: 50,
    sick: 'apns',
    faults: planFaults(20, durationMs, readWantedFaults(faults)),
    patienceMs: 80_000,
    afterStart: true,
    say: (line) => said.push(line),
  });
  // The first line is what CI tells.
  const broken = failures(result);
  expect(broken, [broken.join('; '), ...said].join('\n')).toEqual([]);
  expect(result.tally.delivered).toBeGreaterThan(400);
  expect(result.starts).toBeGreaterThan(7);
});
