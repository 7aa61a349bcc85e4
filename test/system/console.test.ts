import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { connectPatiently, queueName } from '@carillon/queue';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { axeFindings, startBrowser, type TestBrowser } from '../browser/browser.ts';
import { iosApp, iosPushkey, iosToken, startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { startProgram, type Program } from '../installation/process.ts';
import { root } from '../repository/root.ts';
import { keepLedger } from './ledger.ts';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser[Symbol.asyncDispose]());

const anyPort = 'console: {listen: "127.0.0.1:0"}\n';

async function startConsole(configPath: string, ...args: readonly string[]) {
  const program = startProgram('script/carillon', ['console', ...args, '--config', configPath]);
  const { listen } = await program.lineOf<{ listen: string }>(({ msg }) => msg === 'console listens');
  return { program, url: `http://${listen}`, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

const logged = (program: Program): string => program.lines.join('\n');

test('someone on call sees an app parked, finds the push that is missed, and has it ring', async () => {
  await using installation = await startInstallation({ sections: anyPort });
  const ledger = keepLedger(installation);
  const { url, opsUrl: door } = await installation.startIngress();
  const { opsUrl: worker } = await installation.startWorker();
  const ops = ['--ops', door, '--ops', worker];
  await using console = await startConsole(installation.configPath, '--allow-changes', ...ops);
  using notifier = createNotifier(url);
  await notifier.postUntilTaken(messageNotify('first', 1));
  await ledger.allRing([eventIdOf('first')]);

  const { page, complaints } = await browser.open();
  await page.goto(console.url);
  await page.getByText('1 app, none in trouble.').waitFor();
  const processes = page.locator('#processes');
  for (const address of [door, worker]) await processes.getByText(new URL(address).host).waitFor();
  await page.locator('#redis').getByText('keeps an append-only file').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();

  // It appears by itself.
  await installation.script(iosToken(2), { status: 403, reason: 'InvalidProviderToken' });
  await notifier.postUntilTaken(messageNotify('missed', 2));
  await page.getByText(`${iosApp} is parked, for InvalidProviderToken`).waitFor();
  await page.getByText('1 app, 1 in trouble.').waitFor();
  expect(await axeFindings(page)).toEqual([]);

  await page.getByRole('link', { name: 'One push' }).click();
  await page.getByLabel('Event id').fill(eventIdOf('missed'));
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByText('Still on its way').waitFor();
  await page.getByText('misconfigured: InvalidProviderToken').first().waitFor();
  await page
    .getByText(/^It means: /)
    .first()
    .waitFor();
  await page
    .getByText(/^What to do: /)
    .first()
    .waitFor();
  await page.getByLabel('Event id').fill('');
  await page.getByLabel('Pushkey').fill(iosPushkey(2));
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByText('1 push', { exact: true }).waitFor();
  expect(await page.content()).not.toContain(iosPushkey(2));
  expect(page.url()).toBe(`${console.url}/push`);

  await installation.script(iosToken(2), undefined);
  await page.getByRole('link', { name: 'Now' }).click();
  await page.getByRole('rowheader', { name: iosApp }).getByRole('link').click();
  await page.getByRole('button', { name: 'Resume …' }).click();
  await page.getByText(`carillon apps resume ${iosApp}`).waitFor();
  await page.getByRole('button', { name: 'Yes, resume' }).click();
  await page.getByText(/is (no longer|neither) parked/).waitFor(); // a probe may have been faster
  await ledger.allRing([eventIdOf('missed')]);
  await console.program.lineOf(({ msg, kind }) => msg === 'changed from the console' && kind === 'resume');

  await page.getByRole('link', { name: 'Callers' }).click();
  await page.getByRole('rowheader', { name: '127.0.0.1' }).waitFor();
  await page.getByRole('link', { name: 'Credentials' }).click();
  await page.getByText('its apns credentials can be read').waitFor();
  expect(complaints).toEqual([]);
  expect(logged(console.program)).not.toContain(iosPushkey(2));
});

test('a dead letter is listed without a secret, and rings when it is retried', async () => {
  await using installation = await startInstallation({ sections: anyPort });
  const ledger = keepLedger(installation);
  const { url } = await installation.startIngress();
  using notifier = createNotifier(url);
  const redis = connectPatiently(installation.redis.settings);
  const queue = `carillon:${queueName({ app: iosApp, shard: 0, lane: 'high' })}`;
  await notifier.postUntilTaken(messageNotify('a', 1));
  const [id = ''] = await redis.lrange(`${queue}:wait`, 0, -1);
  // As workers leave a delivery that crashed them.
  await redis.hset(`${queue}:${id}`, { crashes: '2', stc: '6' });
  redis.disconnect();
  const { opsUrl } = await installation.startWorker();
  const metrics = async () => (await fetch(`${opsUrl}/metrics`)).text();
  await expect.poll(metrics).toContain(`carillon_dead_letters{app="${iosApp}"} 1`);

  await using console = await startConsole(installation.configPath, '--allow-changes');
  const { page, complaints } = await browser.open();
  await page.goto(`${console.url}/dead-letters`);
  await page.getByText('1 dead letter.').waitFor();
  expect(await page.content()).not.toContain(iosPushkey(1));
  await page.getByRole('link', { name: 'Retry …' }).click();
  await page.getByRole('button', { name: 'Yes, retry' }).click();
  await page.getByText('is back at the end of its queue').waitFor();
  await ledger.allRing([eventIdOf('a')]);
  expect(complaints).toEqual([]);
});

test('a user of the password file signs in and out; who is not in sees nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-console-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const passwordFile = join(folder, 'users');
  const hash = spawn(join(root, 'script/carillon'), ['console', '--hash', 'alice'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  hash.stdin.end('correct horse battery\n');
  await writeFile(passwordFile, await textOf(hash.stdout));
  const sections = `console: {listen: "127.0.0.1:0", password_file: ${passwordFile}}\n`;
  await using installation = await startInstallation({ sections });
  await using console = await startConsole(installation.configPath);

  const { page } = await browser.open();
  await page.goto(`${console.url}/credentials`);
  expect(page.url()).toBe(`${console.url}/login`);
  expect(await axeFindings(page)).toEqual([]);
  expect(await page.content()).not.toContain(iosApp);
  for (const password of ['wrong password', 'correct horse battery']) {
    await page.getByLabel('User').fill('alice');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    if (password.startsWith('wrong')) await page.getByText('The user or the password is wrong.').waitFor();
  }
  await page.getByRole('rowheader', { name: iosApp }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.goto(console.url);
  expect(page.url()).toBe(`${console.url}/login`);
  expect(logged(console.program)).toContain('signed in to the console');
  expect(logged(console.program)).not.toContain('correct horse');
});
