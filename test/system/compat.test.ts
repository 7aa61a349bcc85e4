import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectPatiently, type RedisClient } from '@carillon/queue';
import { expect, test } from 'vitest';
import { putBack, type RedisContent } from '../compat/redis-content.ts';
import { stored } from '../compat/stored.ts';
import {
  iosApp,
  iosPushkey,
  iosToken,
  startInstallation,
  type Installation,
} from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { run } from '../repository/run.ts';
import { root } from '../repository/root.ts';

const folder = join(import.meta.dirname, '../compat');
const versions = globSync('*/redis.json', { cwd: folder }).map((path) => path.split('/')[0] ?? '');

interface Former extends AsyncDisposable {
  readonly installation: Installation;
  readonly redis: RedisClient;
  command(...args: readonly string[]): Promise<string>;
}

/** An installation on the Redis that a former version left. */
async function startOn(version: string): Promise<Former> {
  const content = JSON.parse(await readFile(join(folder, version, 'redis.json'), 'utf8')) as RedisContent;
  const moreApps = ['parked', 'paused'].map(
    (name) => `  com.example.app.${name}: {type: fcm, service_account_file: none.json}\n`,
  );
  const installation = await startInstallation({ moreApps: () => moreApps.join('') });
  const redis = connectPatiently(installation.redis.settings);
  await putBack(redis, content);
  return {
    installation,
    redis,
    async command(...args) {
      const config = ['--config', installation.configPath];
      const { stdout, stderr } = await run(join(root, 'script/carillon'), [...args, ...config], {
        env: process.env,
      });
      return stdout + stderr;
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await installation[Symbol.asyncDispose]();
    },
  };
}

// Invariant 17.
test('there is something of a former version to read', () => {
  expect(versions).toContain('1.0.0-rc.1');
});

test.each(versions)('the door knows what %s has seen: claims, rejections', async (version) => {
  await using former = await startOn(version);
  const door = await former.installation.startIngress();
  using notifier = createNotifier(door.url);

  expect(await notifier.post(messageNotify('rung', stored.rung))).toMatchObject({
    status: 200,
    rejected: [],
  });
  expect(await notifier.post(messageNotify('another', stored.dead))).toMatchObject({
    status: 200,
    rejected: [iosPushkey(stored.dead)],
  });
  const younger = messageNotify('younger', stored.dead, { pushkeyTs: 4_000_000_000 });
  expect(await notifier.post(younger)).toMatchObject({ status: 200, rejected: [] });
  const metrics = await (await fetch(`${door.opsUrl}/metrics`)).text();
  const counted = (result: string) =>
    metrics
      .split('\n')
      .find(
        (line) => line.startsWith(`carillon_devices_total{app="${iosApp}"`) && line.includes(`"${result}"`),
      );
  expect(counted('duplicate')).toMatch(/ 1$/);
  expect(counted('queued')).toMatch(/ 1$/);
});

test.each(versions)(
  'workers send what %s has left waiting, delayed and suspected, and lose none of it',
  async (version) => {
    await using former = await startOn(version);
    const { apns } = former.installation;
    const rung = new Set<unknown>();
    apns.onLine(({ token }) => rung.add(token));

    await former.installation.startWorker(['--app', iosApp]);

    const phones = [stored.delayed, ...stored.waiting];
    await expect.poll(() => phones.filter((phone) => !rung.has(iosToken(phone)))).toEqual([]);
    expect([...rung]).not.toContain(iosToken(stored.rung));
    expect([...rung]).not.toContain(iosToken(stored.dead));
    // The suspect waits for the fuse's window; its delivery is where it was.
    expect(await former.redis.keys(`*${iosApp}/high:delayed`)).toHaveLength(1);
  },
);

test.each(versions)(
  'commands show what %s has kept: parked, paused, dead letters, traces',
  async (version) => {
    await using former = await startOn(version);
    const apps = await former.command('apps');
    expect(apps).toMatch(/com\.example\.app\.parked[^]*InvalidKey/);
    expect(apps).toMatch(/com\.example\.app\.paused[^]*somebody@here/);
    expect(await former.command('dead', 'list')).toContain('not a delivery');
    const trace = await former.command('trace', eventIdOf('rung'));
    expect(trace).toMatch(/queued/);
    expect(trace).toMatch(/delivered: /);
    expect(await former.command('trace', eventIdOf('dies'))).toMatch(/dead: Unregistered/);
  },
);

test('what a newer version has queued is left as it is, is told, and is no dead letter', async () => {
  await using former = await startOn('1.0.0-rc.1');
  const { redis, installation } = former;
  const keys = (await redis.keys(`*${iosApp}/high*:*`)).filter((key) => /:[\w-]{22}$/.test(key));
  const newer: string[] = [];
  for (const key of keys) {
    const data = await redis.hget(key, 'data');
    if (data?.includes('"waiting') !== true && data?.includes('"$waiting') !== true) continue;
    const text = JSON.stringify({ ...(JSON.parse(data) as object), v: 99, unheardOf: [1, 2] });
    await redis.hset(key, 'data', text);
    newer.push(text);
  }
  expect(newer).toHaveLength(stored.waiting.length);

  const worker = await installation.startWorker(['--app', iosApp]);
  await worker.program.lineOf(({ msg }) => String(msg).includes('newer version'));
  await expect
    .poll(async () => (await (await fetch(`${worker.opsUrl}/metrics`)).text()).includes('reason="newer"'))
    .toBe(true);
  worker.program.kill('SIGTERM');
  await worker.program.ended;

  const left = await Promise.all(keys.map((key) => redis.hget(key, 'data')));
  expect(left.filter((text) => text !== null && newer.includes(text))).toHaveLength(newer.length);
  expect(await former.command('dead', 'list')).not.toContain('newer');
});
