import { expect, test } from 'vitest';
import { iosPushkey, iosToken, startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { keepLedger } from './ledger.ts';

test('an event sent twenty times at once through two ingress processes rings once', async () => {
  await using installation = await startInstallation();
  const ledger = keepLedger(installation);
  const doors = await Promise.all([installation.startIngress(), installation.startIngress()]);
  await installation.startWorker();
  const notifiers = doors.map(({ url }) => createNotifier(url));
  const notify = messageNotify('once', 1);
  const answers = await Promise.all(
    Array.from(
      { length: 20 },
      (_, i) => notifiers[i % 2]?.post(notify) ?? Promise.reject(new Error('no door')),
    ),
  );
  expect(answers.map(({ status, rejected }) => [status, rejected])).toEqual(answers.map(() => [200, []]));
  // The next event overtakes nothing: when it has rung, a twin of the first would have.
  await ledger.allRing([eventIdOf('once')]);
  await notifiers[0]?.post(messageNotify('after', 1));
  await ledger.allRing([eventIdOf('after')]);
  expect(ledger.ringsOf(eventIdOf('once'))).toHaveLength(1);
  for (const notifier of notifiers) notifier[Symbol.dispose]();
});

test('a dead pushkey is rejected from its next notify on, until it is registered anew', async () => {
  await using installation = await startInstallation();
  const ledger = keepLedger(installation);
  const { url } = await installation.startIngress();
  const { opsUrl } = await installation.startWorker();
  using notifier = createNotifier(url);
  await installation.script(iosToken(7), { status: 410, reason: 'Unregistered' });

  expect((await notifier.post(messageNotify('a', 7))).rejected).toEqual([]);
  await expect
    .poll(async () => (await fetch(`${opsUrl}/metrics`)).text())
    .toMatch(/carillon_rejections_recorded_total\{app="com\.example\.app\.ios",reason="Unregistered"\} 1/);
  for (const event of ['b', 'c']) {
    expect((await notifier.post(messageNotify(event, 7))).rejected).toEqual([iosPushkey(7)]);
  }
  expect((await notifier.post(messageNotify('d', 8))).rejected).toEqual([]);

  await installation.script(iosToken(7), undefined);
  const anew = messageNotify('e', 7, { pushkeyTs: 1_795_249_876 });
  expect((await notifier.post(anew)).rejected).toEqual([]);
  await ledger.allRing([eventIdOf('d'), eventIdOf('e')]);
});

test("Element's test push is answered with its outcome", async () => {
  await using installation = await startInstallation();
  const { url } = await installation.startIngress();
  await installation.startWorker();
  using notifier = createNotifier(url);
  await installation.script(iosToken(7), { status: 410, reason: 'Unregistered' });
  const testPush = (phone: number) => messageNotify('', phone, { eventId: '$THIS_IS_A_FAKE_EVENT_ID' });
  expect((await notifier.post(testPush(7))).rejected).toEqual([iosPushkey(7)]);
  expect((await notifier.post(testPush(8))).rejected).toEqual([]);
});

test('a wrong key parks the app, loses nothing, and everything rings once it is mended', async () => {
  await using installation = await startInstallation();
  const ledger = keepLedger(installation);
  const { url } = await installation.startIngress();
  const { opsUrl } = await installation.startWorker();
  using notifier = createNotifier(url);
  const events = Array.from({ length: 30 }, (_, i) => `w${i}`);
  for (const i of events.keys())
    await installation.script(iosToken(i), { status: 403, reason: 'InvalidProviderToken' });
  const answers = await Promise.all(events.map((event, i) => notifier.post(messageNotify(event, i))));
  expect(answers.flatMap(({ rejected }) => rejected)).toEqual([]);
  await expect
    .poll(async () => (await fetch(`${opsUrl}/metrics`)).text())
    .toMatch(/carillon_app_parked\{app="com\.example\.app\.ios",reason="InvalidProviderToken"\} 1/);
  expect(ledger.total).toBe(0);
  for (const i of events.keys()) await installation.script(iosToken(i), undefined);
  await ledger.allRing(events.map(eventIdOf));
});
