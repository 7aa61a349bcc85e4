import { expect, test } from 'vitest';
import { iosToken, startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { keepLedger } from './ledger.ts';

test('an outage of the provider holds the app, spares the provider, and ends by itself with every ring', async () => {
  await using installation = await startInstallation();
  const ledger = keepLedger(installation);
  const { url } = await installation.startIngress();
  const { program, opsUrl } = await installation.startWorker();
  using notifier = createNotifier(url);
  const phones = Array.from({ length: 30 }, (_, phone) => phone);
  for (const phone of phones)
    await installation.script(iosToken(phone), { status: 503, reason: 'ServiceUnavailable' });

  const held = program.lineOf<{ reason: string; until: string }>(({ msg }) =>
    String(msg).startsWith('provider is in trouble'),
  );
  const ring = (round: string) =>
    Promise.all(phones.map((phone) => notifier.post(messageNotify(`${round}${phone}`, phone))));
  await ring('first');
  expect(await held).toMatchObject({ reason: 'ServiceUnavailable', until: expect.any(String) as string });

  const metrics = async () => (await fetch(`${opsUrl}/metrics`)).text();
  const sends = async () =>
    Number(/carillon_sends_total\{[^}]*reason="ServiceUnavailable"\} (\d+)/.exec(await metrics())?.[1]);
  await expect.poll(metrics).toMatch(/carillon_in_flight\{[^}]*lane="high"\} 0/);
  const before = await sends();
  await ring('second');
  // The second round waits, give or take what a probe has taken and what came back from the first.
  await expect
    .poll(metrics)
    .toMatch(/carillon_queue_waiting\{app="com\.example\.app\.ios",lane="high"\} [2-6]\d$/m);
  const page = await metrics();
  expect(page).toContain('carillon_breaker_open{app="com.example.app.ios",reason="ServiceUnavailable"} 1');
  expect((await sends()) - before).toBeLessThan(phones.length / 2); // a probe or some: not the second round

  for (const phone of phones) await installation.script(iosToken(phone), undefined);
  await ledger.allRing(
    ['first', 'second'].flatMap((round) => phones.map((phone) => eventIdOf(`${round}${phone}`))),
  );
  expect(await metrics()).toContain(
    'carillon_breaker_open{app="com.example.app.ios",reason="ServiceUnavailable"} 0',
  );
});
