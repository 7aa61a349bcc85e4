import { expect, test } from 'vitest';
import { startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { keepLedger } from './ledger.ts';

test('SIGTERM lets sends in flight end: exit code 0, and everything has rung once', async () => {
  await using installation = await startInstallation({ apnsLatencyMs: 400 });
  const ledger = keepLedger(installation);
  const door = await installation.startIngress();
  const worker = await installation.startWorker();
  using notifier = createNotifier(door.url);
  const events = Array.from({ length: 50 }, (_, i) => `s${i}`);
  await notifier.post(messageNotify('first', 0));
  await ledger.allRing([eventIdOf('first')], 10_000);
  await Promise.all(events.map((event, i) => notifier.post(messageNotify(event, i))));
  worker.program.kill('SIGTERM');
  door.program.kill('SIGTERM');
  expect(await Promise.all([worker.program.ended, door.program.ended])).toEqual([0, 0]);

  await installation.startWorker();
  await ledger.allRing(events.map(eventIdOf), 20_000);
  expect(events.map((event) => ledger.ringsOf(eventIdOf(event)).length)).toEqual(events.map(() => 1));
});

test('sends that outlast the grace go back at once, and keep their identity', async () => {
  const sections = 'worker: {ops_listen: "127.0.0.1:0", stop_grace: 2s}\n';
  await using installation = await startInstallation({ apnsLatencyMs: 6_000, sections });
  const ledger = keepLedger(installation);
  const { url } = await installation.startIngress();
  const worker = await installation.startWorker();
  using notifier = createNotifier(url);
  await notifier.post(messageNotify('slow', 1));
  const { opsUrl } = worker;
  await expect
    .poll(async () => (await fetch(`${opsUrl}/metrics`)).text(), { timeout: 5_000 })
    .toMatch(/carillon_in_flight\{[^}]*lane="high"\} 1/);
  const askedAt = Date.now();
  worker.program.kill('SIGTERM');
  expect(await worker.program.ended).toBe(0);
  expect(Date.now() - askedAt).toBeLessThan(4_000);
  await installation.startWorker();
  await ledger.ring(eventIdOf('slow'), 20_000);
  expect(new Set(ledger.ringsOf(eventIdOf('slow'))).size).toBe(1);
});
