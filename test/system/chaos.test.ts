import { expect, test } from 'vitest';
import { failures } from '../chaos/report.ts';
import { runChaos } from '../chaos/run-chaos.ts';
import { planFaults, readWantedFaults } from '../chaos/schedule.ts';

/** The short form of `npm run chaos`, with the faults that need no long waits. */
const durationMs = 12_000;
const faults = 'worker-kill:3,ingress-kill:3,worker-stop:5,ingress-stop:5,redis-kill:5:0.3,provider-cuts:6:4';

test('no promise is broken while workers, ingresses, Redis and a provider fail at once', async () => {
  const said: string[] = [];
  const result = await runChaos({
    seed: 20,
    durationMs,
    rate: 60,
    sick: 'apns',
    faults: planFaults(20, durationMs, readWantedFaults(faults)),
    patienceMs: 90_000,
    say: (line) => said.push(line),
  });
  expect(failures(result), said.join('\n')).toEqual([]);
  expect(result.tally.delivered).toBeGreaterThan(500);
  expect(result.starts).toBeGreaterThan(8);
});
