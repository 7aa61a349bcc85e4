import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectPatiently, createParking, createPauses } from '@carillon/queue';
import { iosApp, iosToken, startInstallation, type Worker } from '../installation/installation.ts';
import { createNotifier, messageNotify } from '../installation/notify.ts';
import { stored } from './stored.ts';
import { takeDown } from './redis-content.ts';

/**
 * Writes down the stored forms of this version, for every later one to read:
 *
 *   node test/compat/main.ts VERSION
 *
 * A release does so once (script/release). What stands in test/compat/VERSION is never changed again.
 */
const [version] = process.argv.slice(2);
if (version === undefined) throw new Error('usage: main.ts VERSION');

await using installation = await startInstallation({});
const redis = connectPatiently(installation.redis.settings);
const door = await installation.startIngress();
using notifier = createNotifier(door.url);
const notify = (event: string, phone: number) => notifier.post(messageNotify(event, phone));

let worker: Worker = await installation.startWorker();
const rung = installation.apns.nextLine(({ token }) => token === iosToken(stored.rung));
await notify('rung', stored.rung);
await rung;

await installation.script(iosToken(stored.dead), {
  status: 410,
  reason: 'Unregistered',
  timestamp: Date.now(),
});
await notify('dies', stored.dead);
await until(async () => (await redis.keys('*}dead:*')).length > 0);

await installation.script(iosToken(stored.delayed), { status: 429, reason: 'TooManyRequests' });
await notify('delayed', stored.delayed);
await until(async () => (await redis.keys('*:delayed')).length > 0);

await installation.script(iosToken(stored.suspect), { status: 400, reason: 'BadDeviceToken' });
await notify('suspect', stored.suspect);
await until(async () => (await redis.keys('*suspects*')).length > 0);
await stop(worker);

// A delivery that nobody can read.
await notify('unreadable', stored.unreadable);
const keys = (await redis.keys(`*${iosApp}/*`)).filter((key) => /:[\w-]{22}$/.test(key));
const texts = await Promise.all(keys.map((key) => redis.hget(key, 'data')));
const unreadable = keys[texts.findIndex((text) => text?.includes('unreadable'))] ?? '';
await redis.hset(unreadable, 'data', 'this is no delivery');
worker = await installation.startWorker();
await until(async () => (await redis.keys('*:failed')).length > 0);
await stop(worker);

for (const phone of stored.waiting) await notify(`waiting${phone}`, phone);
await createParking(redis, 'carillon').park('com.example.app.parked', {
  kind: 'misconfigured',
  reason: 'InvalidKey',
  cure: 'mend it',
});
await createPauses(redis, 'carillon').pause({
  app: 'com.example.app.paused',
  by: 'somebody@here',
  reason: 'a test',
  since: Date.now(),
  until: Date.now() + 3_600_000,
});

const content = await takeDown(redis);
redis.disconnect();
const folder = join(import.meta.dirname, version);
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'redis.json'), `${JSON.stringify(content, null, 1)}\n`);
console.log(`${content.keys.length} keys in test/compat/${version}/redis.json, of ${iosApp}`);

async function stop({ program }: Worker): Promise<void> {
  program.kill('SIGTERM');
  await program.ended;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await delay(100);
}
