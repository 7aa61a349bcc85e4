import { generateKeyPairSync } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { iosApp, startInstallation, type Door, type Worker } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { keepLedger } from './ledger.ts';

const betaApp = 'com.example.app.beta';
const readAgain = 'configuration read again';

/** Changes the configuration and has processes read it again; resolves to what each of them logged of it. */
async function reload(processes: readonly (Door | Worker)[], path: string, text: string, logs = readAgain) {
  await writeFile(path, text);
  return Promise.all(
    processes.map(({ program }) => {
      const line = program.nextLine(({ msg }) => msg === logs);
      program.kill('SIGHUP');
      return line;
    }),
  );
}

async function metric({ opsUrl }: Door | Worker, series: string): Promise<number | undefined> {
  const text = await (await fetch(`${opsUrl}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

/** The configuration with the entry of the iOS app once more, under another name. */
function withBeta(config: string): string {
  const [, entry = ''] = config.split(`  ${iosApp}:\n`);
  return `${config}  ${betaApp}:\n${entry}`;
}

test('SIGHUP adds, changes and removes apps under load: nothing is lost, and nothing rings twice', async () => {
  await using installation = await startInstallation({ apnsLatencyMs: 50 });
  const { configPath } = installation;
  const ledger = keepLedger(installation);
  const door = await installation.startIngress();
  const worker = await installation.startWorker();
  const both = [door, worker];
  using notifier = createNotifier(door.url);
  const first = await readFile(configPath, 'utf8');

  let loading = true;
  let count = 0;
  const load = async (name: string, appId: string, whileTrue: () => boolean): Promise<readonly string[]> => {
    const promised: string[] = [];
    for (let i = 0; whileTrue(); i++) {
      const answer = await notifier.postUntilTaken(messageNotify(`${name}${i}`, i % 100, { appId }));
      if (answer.rejected.length > 0) break;
      promised.push(eventIdOf(`${name}${i}`));
      count += 1;
    }
    return promised;
  };
  const steady = Promise.all([0, 1, 2, 3].map((n) => load(`ios${n}-`, iosApp, () => loading)));
  const some = async (more: number): Promise<void> => {
    const before = count;
    await expect.poll(() => count).toBeGreaterThan(before + more);
  };

  expect(await reload(both, configPath, withBeta(first))).toMatchObject([
    { added: [betaApp], changed: [], removed: [] },
    { added: [betaApp], changed: [], removed: [] },
  ]);
  // Until the ingress says that it does not know the app any more.
  const beta = load('beta', betaApp, () => true);
  await some(100);
  const changed = withBeta(`${first}    sound: false\n`);
  expect(await reload(both, configPath, changed)).toMatchObject([
    { changed: [iosApp, betaApp] },
    { changed: [iosApp, betaApp] },
  ]);
  await some(100);
  const ended = worker.program.nextLine(({ app, waiting }) => app === betaApp && waiting !== undefined);
  await reload(both, configPath, first);
  const betaPromised = await beta;
  await ended;
  expect(await metric(worker, `carillon_in_flight{app="${betaApp}",lane="high"}`)).toBeUndefined();
  await some(100);
  loading = false;
  const promised = (await steady).flat();
  await ledger.allRing(promised);

  // What waited while nobody took it goes out when the app is back.
  await reload(both, configPath, withBeta(first));
  expect(betaPromised.length).toBeGreaterThan(10);
  await ledger.allRing(betaPromised);
  const twice = [...promised, ...betaPromised].filter((eventId) => ledger.ringsOf(eventId).length !== 1);
  expect(twice).toEqual([]);
});

test('SIGHUP with a bad file changes nothing and names every problem; what needs a restart is named, too', async () => {
  await using installation = await startInstallation();
  const { configPath } = installation;
  const ledger = keepLedger(installation);
  const door = await installation.startIngress();
  const worker = await installation.startWorker();
  using notifier = createNotifier(door.url);
  const good = await readFile(configPath, 'utf8');
  const successful = 'carillon_config_last_reload_successful';

  const refused = 'the configuration cannot be used; nothing was changed';
  const bad = good.replace('keyfile:', 'keyfyle:').replace('ops_listen:', 'unknown_app: maybe, ops_listen:');
  for (const { problems } of await reload([door, worker], configPath, bad, refused)) {
    expect(problems).toEqual([
      expect.stringContaining('ingress.unknown_app'),
      expect.stringContaining(`apps.${iosApp}.keyfyle`),
    ]);
  }
  const missing = good.replace('AuthKey.p8', 'NoKey.p8');
  const [{ problems } = {}] = await reload([worker], configPath, missing, refused);
  expect(problems).toEqual([expect.stringContaining(`apps.${iosApp}.keyfile`)]);
  for (const one of [door, worker]) expect(await metric(one, successful)).toBe(0);
  await notifier.post(messageNotify('meanwhile', 1));
  await ledger.allRing([eventIdOf('meanwhile')]);

  const fixed = 'these settings have changed, and keep their old value until a restart';
  const other = good
    .replace('worker: {', 'log: {level: debug}\nworker: {concurrency: 7, ')
    .replace(/max_devices: \d+/, 'max_devices: 7');
  const warnings = [door, worker].map(({ program }) => program.nextLine(({ msg }) => msg === fixed));
  await reload([door, worker], configPath, other);
  expect(await Promise.all(warnings)).toMatchObject([
    { settings: ['ingress.max_devices'] },
    { settings: ['worker.concurrency'] },
  ]);
  for (const one of [door, worker]) expect(await metric(one, successful)).toBe(1);

  // The level holds at once: the steps of the stop are told at `debug`. A SIGHUP does not disturb it.
  const step = worker.program.nextLine(({ level, step: name }) => level === 'debug' && name === 'redis');
  for (const { program } of [worker, door]) program.kill('SIGTERM');
  for (const { program } of [worker, door]) program.kill('SIGHUP');
  await step;
  expect(await Promise.all([worker, door].map(({ program }) => program.ended))).toEqual([0, 0]);
});

test('a key file that is mended frees its parked app without a restart; a damaged one changes nothing', async () => {
  await using installation = await startInstallation();
  const keyfile = join(dirname(installation.configPath), 'AuthKey.p8');
  const replaceKey = async (text: string): Promise<void> => {
    await writeFile(`${keyfile}.new`, text);
    await rename(`${keyfile}.new`, keyfile);
  };
  const right = await readFile(keyfile, 'utf8');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await replaceKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const ledger = keepLedger(installation);
  const door = await installation.startIngress();
  const worker = await installation.startWorker();
  using notifier = createNotifier(door.url);
  await notifier.post(messageNotify('waits', 1));
  await worker.program.lineOf(({ msg }) => msg === 'app is parked; its deliveries wait');

  // The certificates of the stand-ins last for two days.
  const expiring = await worker.program.lineOf<{ expires: string }>(
    ({ msg }) => msg === 'a certificate expires soon',
  );
  expect(expiring).toMatchObject({ level: 'warn', app: iosApp, setting: 'ca_file', daysLeft: 1 });
  expect(
    await metric(
      worker,
      `carillon_credential_expiry_timestamp_seconds{app="${iosApp}",credential="ca_file"}`,
    ),
  ).toBe(Date.parse(expiring.expires) / 1_000);

  await replaceKey('no key');
  const refused = await worker.program.lineOf(({ setting }) => setting === 'keyfile');
  expect(refused).toMatchObject({
    level: 'error',
    app: iosApp,
    cure: expect.stringContaining('.p8') as string,
  });
  const reloaded = `carillon_credentials_last_reload_successful{app="${iosApp}"}`;
  expect(await metric(worker, reloaded)).toBe(0);

  await replaceKey(right);
  await ledger.allRing([eventIdOf('waits')]);
  expect(await metric(worker, reloaded)).toBe(1);
  expect(ledger.ringsOf(eventIdOf('waits'))).toHaveLength(1);
});

test('with --reload-on-change a file that was replaced is enough, as a ConfigMap does it', async () => {
  await using installation = await startInstallation({});
  const { configPath } = installation;
  const door = await installation.startIngress(['--reload-on-change']);
  const worker = await installation.startWorker(['--reload-on-change']);
  const read = [door, worker].map(({ program }) => program.nextLine(({ msg }) => msg === readAgain));
  const replace = async (text: string) => {
    await writeFile(`${configPath}.new`, text);
    await rename(`${configPath}.new`, configPath);
  };

  const before = await readFile(configPath, 'utf8');
  await replace(withBeta(before));
  expect(await Promise.all(read)).toMatchObject([{ added: [betaApp] }, { added: [betaApp] }]);

  const refused = worker.program.nextLine(({ problems }) => problems !== undefined);
  await replace('apps: nonsense');
  expect(await refused).toMatchObject({ msg: 'the configuration cannot be used; nothing was changed' });
  await replace(before);
  await expect.poll(() => metric(worker, 'carillon_config_last_reload_successful')).toBe(1);
});
