import { expect, test } from 'vitest';
import { startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { keepLedger } from './ledger.ts';

const inFlight = 20;

test('a worker whose event loop was blocked sends nothing again when it wakes, and goes on working', async () => {
  await using installation = await startInstallation({ apnsLatencyMs: 3_000 });
  const ledger = keepLedger(installation);
  const { url } = await installation.startIngress();
  const frozen = await installation.startWorker();
  using notifier = createNotifier(url);
  const ringAll = async (name: string): Promise<readonly string[]> => {
    const events = Array.from({ length: inFlight }, (_, i) => `${name}${i}`);
    await Promise.all(events.map((event, i) => notifier.post(messageNotify(event, i))));
    return events.map(eventIdOf);
  };
  await ledger.allRing(await ringAll('warm'));

  const caught = await ringAll('caught');
  await expect
    .poll(async () => (await fetch(`${frozen.opsUrl}/metrics`)).text())
    .toMatch(new RegExp(`carillon_in_flight\\{[^}]*lane="high"\\} ${inFlight}`));
  frozen.program.kill('SIGSTOP');
  const other = await installation.startWorker();
  const meanwhile = await ringAll('meanwhile');
  await ledger.allRing(caught);
  // Sent by the one that took them over too, so that each has rung once or twice.
  await expect.poll(() => caught.flatMap((event) => ledger.ringsOf(event)).length).toBe(2 * inFlight);
  await ledger.allRing(meanwhile);
  other.program.kill('SIGTERM');
  expect(await other.program.ended).toBe(0);

  frozen.program.kill('SIGCONT');
  const after = await ringAll('after');
  await ledger.allRing(after);
  frozen.program.kill('SIGTERM');
  expect(await frozen.program.ended).toBe(0);
  expect(caught.map((event) => ledger.ringsOf(event).length)).toEqual(caught.map(() => 2));
  expect(caught.map((event) => new Set(ledger.ringsOf(event)).size)).toEqual(caught.map(() => 1));
  for (const event of [...meanwhile, ...after]) expect(ledger.ringsOf(event)).toHaveLength(1);
});
