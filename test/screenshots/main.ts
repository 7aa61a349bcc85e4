import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startBrowser } from '../browser/browser.ts';
import { iosToken, startInstallation } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { startProgram } from '../installation/process.ts';

/**
 * Makes the pictures of docs/console.md anew, of a console that watches real processes: `npm run screenshots`. Takes three minutes, so that
 * the charts have something to show.
 */
const folder = join(import.meta.dirname, '../../docs/images');
const trafficMs = 150_000;
const apps = {
  chat: { name: 'com.example.chat.ios', perSecond: 30 },
  work: { name: 'com.example.work.ios', perSecond: 12 },
  beta: { name: 'com.example.beta.ios', perSecond: 2 },
  family: { name: 'org.example.family.ios', perSecond: 5 },
} as const;
/** A phone of the beta, whose key is wrong. */
const betaPhone = 900;

await using installation = await startInstallation({
  print: false,
  apnsLatencyMs: 40,
  sections: 'console: {listen: "127.0.0.1:0"}\n',
  moreApps: ({ url, key_id, team_id, topic, keyfile, caFile }) =>
    Object.values(apps)
      .map(
        ({ name }) =>
          `  ${name}: {type: apns, platform: production, endpoint: ${url}, ca_file: ${caFile}, topic: ${topic}, keyfile: ${keyfile}, key_id: ${key_id}, team_id: ${team_id}}\n`,
      )
      .join(''),
});
await installation.script(iosToken(betaPhone), { status: 403, reason: 'InvalidProviderToken' });
const { url, opsUrl: door } = await installation.startIngress();
const { opsUrl: worker } = await installation.startWorker();
await using console_ = startProgram('script/carillon', [
  'console',
  '--allow-changes',
  `--ops=${door}`,
  `--ops=${worker}`,
  `--config=${installation.configPath}`,
]);
const { listen } = await console_.lineOf<{ listen: string }>(({ msg }) => msg === 'console listens');
await using pause = startProgram('script/carillon', [
  'apps',
  'pause',
  apps.family.name,
  '--lane=high',
  '--until=30m',
  '--reason=a release that shows every message twice',
  `--config=${installation.configPath}`,
]);
await pause.ended;

const over = new AbortController();
const traffic = Promise.all(Object.values(apps).map(send));
await delay(trafficMs);
await using browser = await startBrowser();
mkdirSync(folder, { recursive: true });
await shoot('console-now.png', '/', { colorScheme: 'light', viewport: { width: 1_180, height: 900 } });
await shoot('console-push.png', `/push?${new URLSearchParams({ event: eventIdOf('beta0') }).toString()}`, {
  colorScheme: 'dark',
  viewport: { width: 820, height: 700 },
});
over.abort();
await traffic;

async function shoot(file: string, path: string, how: Parameters<typeof browser.open>[0]): Promise<void> {
  const { page } = await browser.open(how);
  await page.goto(`http://${listen}${path}`);
  if (path === '/') await page.locator('figure canvas').nth(2).waitFor();
  await page.screenshot({ path: join(folder, file), fullPage: true });
  console.log(`wrote docs/images/${file}`);
}

/** As much as the app has, with a swell, so that the charts are no straight lines. */
async function send({ name, perSecond }: (typeof apps)[keyof typeof apps]): Promise<void> {
  using notifier = createNotifier(url);
  const word = name.split('.')[2] ?? '';
  for (let event = 0; !over.signal.aborted; event += 1) {
    const phone = name === apps.beta.name ? betaPhone : event % 200;
    await notifier.post(messageNotify(`${word}${event}`, phone, { appId: name })).catch(() => undefined);
    const swell = 1 + 0.6 * Math.sin(Date.now() / 15_000);
    await delay(1_000 / (perSecond * swell), undefined, { signal: over.signal }).catch(() => undefined);
  }
}
