import { expect, test } from 'vitest';
import { iosPushkey, startInstallation } from '../installation/installation.ts';
import { createNotifier, messageNotify } from '../installation/notify.ts';

const strangers = 10_000;
const devicesOfRequest = 100;

/** A request for a hundred apps that nobody has configured. */
function fromStrangers(request: number): object {
  const devices = Array.from({ length: devicesOfRequest }, (_, n) => ({
    app_id: `org.example.stranger.${request * devicesOfRequest + n}`,
    pushkey: iosPushkey(n),
    data: {},
  }));
  return { notification: { event_id: `$stranger-${request}`, room_id: '!room:example.org', devices } };
}

// Invariant 13.
test('ten thousand unknown app ids make not one series more than one of them', async () => {
  await using installation = await startInstallation({ print: false });
  const { url, opsUrl } = await installation.startIngress();
  using notifier = createNotifier(url);
  const names = async () => {
    const text = await (await fetch(`${opsUrl}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith('carillon_'));
    return { text, series: lines.map((line) => line.slice(0, line.lastIndexOf(' '))) };
  };
  await notifier.post(messageNotify('known', 1));
  await notifier.post(fromStrangers(0));
  const before = await names();

  for (let request = 1; request < strangers / devicesOfRequest; request += 1) {
    const { status, rejected } = await notifier.post(fromStrangers(request));
    expect([status, rejected.length]).toEqual([200, devicesOfRequest]);
  }

  const after = await names();
  expect(after.text).toContain(`carillon_devices_total{app="(none)",result="unknown_app"} ${strangers}`);
  expect(after.text).not.toContain('stranger');
  expect(after.series).toEqual(before.series);
});
