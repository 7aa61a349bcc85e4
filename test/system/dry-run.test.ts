import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { iosPushkey, startInstallation } from '../installation/installation.ts';
import { createNotifier, messageNotify } from '../installation/notify.ts';

test('a shadow takes and counts everything and rings nobody, until a reload makes it live', async () => {
  await using installation = await startInstallation({});
  const { configPath } = installation;
  const live = await readFile(configPath, 'utf8');
  await writeFile(configPath, live.replaceAll('    type: apns\n', '    type: apns\n    mode: dry_run\n'));
  const door = await installation.startIngress();
  const worker = await installation.startWorker();
  using notifier = createNotifier(door.url);
  const dropped = async (): Promise<number> => {
    const text = await (await fetch(`${worker.opsUrl}/metrics`)).text();
    const lines = text
      .split('\n')
      .filter((line) => /^carillon_deliveries_dropped_total\{.*"dry_run"/.test(line));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };

  for (const event of [1, 2, 3])
    expect(await notifier.post(messageNotify(event, event))).toMatchObject({ status: 200, rejected: [] });
  await expect.poll(dropped).toBe(3);

  await writeFile(configPath, live);
  const again = worker.program.nextLine(({ msg }) => msg === 'configuration read again');
  worker.program.kill('SIGHUP');
  expect(await again).toMatchObject({ changed: [expect.any(String)] });
  // Whatever rang before this one would have been told before it.
  const rung = installation.apns.nextLine(({ apns_id: id }) => id !== undefined);
  await notifier.post(messageNotify(4, 4));
  const token = Buffer.from(iosPushkey(4), 'base64').toString('hex');
  expect(await rung).toMatchObject({ token });
  expect(await dropped()).toBe(3);
});
