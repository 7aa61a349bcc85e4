import { expect, test } from 'vitest';
import { iosPushkey, iosToken, startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify, type NotifyAnswer } from '../installation/notify.ts';
import { keepLedger } from './ledger.ts';

const devices = 10_000;
const sections = 'rejections: {fuse: {window: 4s}}\n';

/** An installation under a small fuse window, and a homeserver that sends each of `phones` its event. */
async function setup() {
  const installation = await startInstallation({ sections });
  const ledger = keepLedger(installation);
  const { url } = await installation.startIngress();
  const { opsUrl } = await installation.startWorker();
  const notifier = createNotifier(url);
  return {
    installation,
    ledger,
    metrics: async () => (await fetch(`${opsUrl}/metrics`)).text(),
    async sendAll(name: string, phones: readonly number[]): Promise<readonly NotifyAnswer[]> {
      const answers: NotifyAnswer[] = [];
      let next = 0;
      const pusher = async (): Promise<void> => {
        for (let i = next++; i < phones.length; i = next++) {
          const phone = phones[i] ?? 0;
          answers[i] = await notifier.post(messageNotify(`${name}${phone}`, phone));
        }
      };
      await Promise.all(Array.from({ length: 64 }, pusher));
      return answers;
    },
    async [Symbol.asyncDispose]() {
      notifier[Symbol.dispose]();
      await installation[Symbol.asyncDispose]();
    },
  };
}

const all = Array.from({ length: devices }, (_, phone) => phone);
const rejectedIn = (answers: readonly NotifyAnswer[]): readonly string[] =>
  answers.flatMap(({ rejected }) => rejected);

test('a wrong topic with 10,000 devices rejects none of them, and all ring once it is mended', async () => {
  await using s = await setup();
  await s.installation.script('*', { status: 400, reason: 'DeviceTokenNotForTopic' });
  expect(rejectedIn(await s.sendAll('w', all))).toEqual([]);
  await expect.poll(s.metrics, { timeout: 30_000 }).toMatch(/carillon_app_parked\{[^}]*reason="fuse"\} 1/);
  expect(s.ledger.total).toBe(0);

  await s.installation.script('*', undefined);
  await s.ledger.allRing(
    all.map((phone) => eventIdOf(`w${phone}`)),
    90_000,
  );
  expect(s.ledger.total).toBe(devices);
  expect(await s.metrics()).not.toMatch(/carillon_rejections_recorded_total\{.*\} [1-9]/);
  const some = all.filter((phone) => phone % 100 === 0);
  expect(rejectedIn(await s.sendAll('after', some))).toEqual([]);
});

test('three dead among a hundred devices are rejected when the window is over, and no other', async () => {
  await using s = await setup();
  const [dead, living] = [all.filter((phone) => phone % 100 >= 97), all.filter((phone) => phone % 100 < 97)];
  for (const phone of dead)
    await s.installation.script(iosToken(phone), { status: 400, reason: 'BadDeviceToken' });
  expect(rejectedIn(await s.sendAll('d', all))).toEqual([]);
  await s.ledger.allRing(
    living.map((phone) => eventIdOf(`d${phone}`)),
    60_000,
  );
  await expect
    .poll(s.metrics, { timeout: 30_000 })
    .toMatch(new RegExp(`carillon_rejections_recorded_total\\{[^}]*reason="suspect"\\} ${dead.length}\n`));
  // What was held back for them ends unsent.
  await expect
    .poll(s.metrics, { timeout: 30_000 })
    .toMatch(new RegExp(`carillon_deliveries_dropped_total\\{[^}]*reason="rejected"\\} ${dead.length}\n`));
  expect(s.ledger.total).toBe(living.length);
  expect(rejectedIn(await s.sendAll('again', dead)).toSorted()).toEqual(dead.map(iosPushkey).toSorted());
  const some = living.filter((phone) => phone % 50 === 0);
  expect(rejectedIn(await s.sendAll('again', some))).toEqual([]);
});
