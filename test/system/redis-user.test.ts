import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectPatiently } from '@carillon/queue';
import { expect, onTestFinished, test } from 'vitest';
import { installOn, iosToken } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { startPrivateRedis } from '../redis/private-redis.ts';
import { readRepositoryFile, root } from '../repository/root.ts';
import { run } from '../repository/run.ts';
import { scratch } from '../repository/scratch.ts';

/** The line that the page on operations gives, with a password. */
const [, rights = ''] = /^ACL SETUSER carillon (.*)$/m.exec(readRepositoryFile('docs/operations.md')) ?? [];

async function setup(words: string) {
  const server = await startPrivateRedis();
  onTestFinished(() => server.stop());
  const folder = await scratch();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const admin = connectPatiently(server.settings);
  await admin.call('ACL', 'SETUSER', 'carillon', ...words.replace('PASSWORD', 'secret').split(' '));
  admin.disconnect();
  await writeFile(join(folder.path, 'password'), 'secret\n');
  const redis = `{url: "${server.url}", username: carillon, password_file: "${join(folder.path, 'password')}"}`;
  const installation = await installOn(redis);
  onTestFinished(() => installation[Symbol.asyncDispose]());
  const command = (...args: readonly string[]) =>
    run(join(root, 'script/carillon'), [...args, '--config', installation.configPath], { env: process.env });
  return { installation, command };
}

test('the rights that the page on operations gives are enough for everything', async () => {
  expect(rights).toContain('~carillon:*');
  const { installation, command } = await setup(rights);
  const door = await installation.startIngress();
  await installation.startWorker();
  using notifier = createNotifier(door.url);
  const rung = installation.apns.nextLine(({ token }) => token === iosToken(1));
  expect(await notifier.post(messageNotify('event', 1))).toMatchObject({ status: 200 });
  await rung;

  expect((await command('check', '--json')).stdout).not.toMatch(
    /"check": "redis",\s+"status": "(bad|warning)"/,
  );
  for (const args of [
    ['apps'],
    ['dead', 'list'],
    ['apps', 'pause', 'com.example.app.ios'],
    ['apps', 'resume', 'com.example.app.ios'],
    ['pushkeys', 'list'],
  ])
    expect(await command(...args), args.join(' ')).toMatchObject({ code: 0, stderr: '' });
  await expect.poll(async () => (await command('trace', eventIdOf('event'))).stdout).toContain('delivered');
});

test('without scripts the door is not ready, answers 503, and check says why', async () => {
  const { installation, command } = await setup(`${rights} -@scripting`);
  const door = await installation.startIngress();
  using notifier = createNotifier(door.url);

  await expect.poll(async () => (await fetch(`${door.opsUrl}/ready`)).status).toBe(503);
  expect(await notifier.post(messageNotify('event', 1))).toMatchObject({ status: 503 });
  const { stdout, code } = await command('check');
  expect(code).not.toBe(0);
  expect(stdout).toMatch(/✗ .*(EVAL|script)/i);
});

test('without INFO everything works, and check says what it cannot see', async () => {
  const { installation, command } = await setup(`${rights} -info`);
  const door = await installation.startIngress();
  await installation.startWorker();
  using notifier = createNotifier(door.url);
  const rung = installation.apns.nextLine(({ token }) => token === iosToken(1));
  expect(await notifier.post(messageNotify('event', 1))).toMatchObject({ status: 200 });
  await rung;

  expect((await fetch(`${door.opsUrl}/ready`)).status).toBe(200);
  expect((await command('check')).stdout).toMatch(/! .*INFO/);
});
