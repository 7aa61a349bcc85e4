import { expect, test } from 'vitest';
import { iosApp, iosPushkey, iosToken, startInstallation } from '../installation/installation.ts';
import { createNotifier, messageNotify } from '../installation/notify.ts';

const all = Array.from({ length: 10_000 }, (_, phone) => phone);
/** As many as a request may have, so that ten thousand are sent within a second. */
const devicesOfRequest = 100;
const sections = 'rejections: {fuse: {window: 4s}}\n';

/** An installation under a small fuse window, and a homeserver that sends one event to many phones. */
async function setup() {
  const installation = await startInstallation({ sections });
  const { url } = await installation.startIngress();
  const { opsUrl } = await installation.startWorker();
  const notifier = createNotifier(url);
  const rings = new Map<string, Set<unknown>>();
  installation.apns.onLine(({ token, apns_id: id }) => {
    if (id === undefined) return;
    rings.set(String(token), (rings.get(String(token)) ?? new Set()).add(id));
  });
  return {
    installation,
    /** The device tokens that rang, and with which identities. */
    rings,
    metrics: async () => (await fetch(`${opsUrl}/metrics`)).text(),
    /** Resolves to the pushkeys that the answers rejected. */
    async send(event: string, phones: readonly number[]): Promise<readonly string[]> {
      const rejected: string[] = [];
      for (let from = 0; from < phones.length; from += devicesOfRequest) {
        const { notification } = messageNotify(`${event}${from}`, 0) as { notification: object };
        const devices = phones
          .slice(from, from + devicesOfRequest)
          .map((phone) => ({ app_id: iosApp, pushkey: iosPushkey(phone), pushkey_ts: 1_795_249_875 }));
        const answer = await notifier.postUntilTaken({ notification: { ...notification, devices } });
        rejected.push(...answer.rejected);
      }
      return rejected;
    },
    async [Symbol.asyncDispose]() {
      notifier[Symbol.dispose]();
      await installation[Symbol.asyncDispose]();
    },
  };
}

// Invariant 7.
test('a wrong topic with 10,000 devices rejects none of them, and all ring once it is mended', async () => {
  await using s = await setup();
  await s.installation.script('*', { status: 400, reason: 'DeviceTokenNotForTopic' });
  expect(await s.send('wrong', all)).toEqual([]);
  await expect.poll(s.metrics).toMatch(/carillon_app_parked\{[^}]*reason="fuse: \w+"[^}]*\} 1/);
  expect(s.rings.size).toBe(0);

  await s.installation.script('*', undefined);
  await s.installation.startWorker(); // with the topic mended; it probes at once
  await expect.poll(() => s.rings.size).toBe(all.length);
  // On a busy machine a worker may count as dead, and another one sends again what it had (invariant 10).
  expect([...s.rings.values()].filter((identities) => identities.size > 1)).toEqual([]);
  expect(await s.metrics()).not.toMatch(/carillon_rejections_recorded_total\{.*\} [1-9]/);
  expect(await s.send('right', all.slice(0, 1_000))).toEqual([]);
});

test('three dead among a hundred devices are rejected when the window is over, and no other', async () => {
  await using s = await setup();
  const [dead, living] = [all.filter((phone) => phone % 100 >= 97), all.filter((phone) => phone % 100 < 97)];
  for (const phone of dead)
    await s.installation.script(iosToken(phone), { status: 400, reason: 'BadDeviceToken' });
  expect(await s.send('first', all)).toEqual([]);
  await expect
    .poll(s.metrics)
    .toMatch(new RegExp(`carillon_rejections_recorded_total\\{[^}]*reason="suspect"\\} ${dead.length}\n`));
  // What waited for the fuse ends unsent.
  await expect
    .poll(s.metrics)
    .toMatch(new RegExp(`carillon_deliveries_dropped_total\\{[^}]*reason="rejected"\\} ${dead.length}\n`));
  expect([...s.rings.keys()].toSorted()).toEqual(living.map(iosToken).toSorted());
  expect((await s.send('second', dead)).toSorted()).toEqual(dead.map(iosPushkey).toSorted());
  expect(await s.send('second', living.slice(0, 1_000))).toEqual([]);
});
