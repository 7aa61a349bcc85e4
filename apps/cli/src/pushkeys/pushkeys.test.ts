import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { registrationKey } from '@carillon/core';
import { createKnownRegistrations, createRejections, fixedShards } from '@carillon/queue';
import { expect, test } from 'vitest';
import { readRepositoryFile } from '../../../../test/repository/root.ts';
import { runCommand } from '../command-line/run-command.testing.ts';
import { startTestInstallation, type TestInstallation } from '../installation.testing.ts';

async function setup() {
  const s = await startTestInstallation();
  const rejections = createRejections(s.redis, {
    keyPrefix: 'carillon',
    shards: fixedShards(1),
    ttlMs: 3_600_000,
  });
  const known = createKnownRegistrations(s.redis, 'carillon');
  return Object.assign(s, {
    reject: (pushkey: string, { app = 'ios', appId = 'ios', isKnown = true } = {}) => {
      const registration = { shard: 0, key: registrationKey({ appId, pushkey }), pushkeyTs: 1_795_000_000 };
      return (isKnown ? known.remember([{ app, ...registration }]) : Promise.resolve()).then(() =>
        rejections.recordRegistration(app, registration),
      );
    },
  });
}

async function carillon(s: TestInstallation, ...args: readonly string[]) {
  const exit = await runCommand(s, ...args);
  return { exit, text: s.written() };
}

test('a pushkey is shown: since when it is dead, whether it is known, and what waits for it', async () => {
  await using s = await setup();
  await s.admit({ device: { appId: 'ios', pushkey: 'one' } }); // before it is rejected at the door
  await s.reject('one');
  await s.admit({ device: { appId: 'ios', pushkey: 'two' } });
  const { exit, text } = await carillon(s, 'pushkeys', 'show', 'one');
  expect(exit).toBe('ok');
  expect(text).toMatch(
    /^ios\n {2}dead since 20.*: registrations up to pushkey_ts 1795000000 .* for (1h|59m \d+s) more\n/,
  );
  expect(text).toMatch(/\n {2}known: its provider has accepted a push for it\n {2}pushes that wait: 1\n/);
  expect(text).not.toContain('one\n');

  const json = JSON.parse((await carillon(s, 'pushkeys', 'show', 'one', '--json')).text) as object;
  expect(json).toMatchObject({
    version: 1,
    apps: [
      { app: 'ios', dead: { pushkey_ts: 1_795_000_000 }, known: true, deliveries: [{ state: 'waiting' }] },
    ],
    last: null,
  });
  expect((await carillon(s, 'pushkeys', 'show', 'two')).text).toMatch(
    /^ios\n {2}not known: .*\n {2}pushes that wait: 1\n/,
  );
  const nobody = await carillon(s, 'pushkeys', 'show', 'nobody');
  expect(nobody).toEqual({
    exit: 'failure',
    text: expect.stringMatching(/^Nothing is known of this pushkey\n.*--app-id/),
  });
});

test('of an app whose name is a glob, the app id has to be named', async () => {
  await using s = await setup();
  await s.reject('one', { app: 'org.*', appId: 'org.a' });
  expect((await carillon(s, 'pushkeys', 'show', 'one')).exit).toBe('failure');
  const named = await carillon(s, 'pushkeys', 'show', 'one', '--app-id', 'org.a');
  expect(named).toMatchObject({ exit: 'ok', text: expect.stringMatching(/^org\.\*\n {2}dead since/) });
  await expect(carillon(s, 'pushkeys', 'show', 'one', '--app-id', 'net.b')).rejects.toMatchObject({
    exit: 'usage',
  });
});

test('rejections are counted and listed for each app, and taken back one by one, from a file or all', async () => {
  await using s = await setup();
  for (let index = 0; index < 700; index++) await s.reject(`phone${index}`, { isKnown: index % 2 === 0 });
  await s.reject('other', { app: 'org.*', appId: 'org.a' });
  expect((await carillon(s, 'pushkeys')).text).toBe(
    'ios: 700 rejected pushkeys\norg.*: 1 rejected pushkey\n',
  );
  const list = (await carillon(s, 'pushkeys', 'list', '--dead', '--app', 'org.*', '--json')).text;
  expect(JSON.parse(list)).toMatchObject({
    app: 'org.*',
    registration: registrationKey({ appId: 'org.a', pushkey: 'other' }),
    pushkey_ts: 1_795_000_000,
  });
  expect((await carillon(s, 'pushkeys', 'list', '--dead')).text.match(/found dead 20/g)).toHaveLength(701);

  const one = await carillon(s, 'pushkeys', 'forget', 'phone0');
  expect(one).toEqual({ exit: 'ok', text: expect.stringMatching(/^1 rejection is taken back/) });
  expect(await carillon(s, 'pushkeys', 'forget', 'phone0')).toMatchObject({ exit: 'failure' });
  const file = join(dirname(s.configPath), 'keys');
  await writeFile(file, ['phone1', 'phone2', 'nobody', 'other org.a'].join('\n'));
  expect((await carillon(s, 'pushkeys', 'forget', '--from', file)).text).toMatch(
    /^3 rejections are taken back/,
  );
  expect((await carillon(s, 'pushkeys')).text).toBe(
    'ios: 697 rejected pushkeys\norg.*: 0 rejected pushkeys\n',
  );
  expect((await carillon(s, 'pushkeys', 'forget', '--all', 'ios')).text).toMatch(/^697 rejections are/);
  expect(await s.redis.keys('carillon:{*}dead:*')).toEqual([]);
});

test('rejections of one app are not taken back with those of another, and what is not asked well is refused', async () => {
  await using s = await setup();
  await s.reject('one');
  for (const args of [
    [],
    ['one', '--all', 'ios'],
    ['one', '--from', 'x'],
    ['--all', 'nobody'],
    ['--from', '/nowhere'],
  ])
    await expect(carillon(s, 'pushkeys', 'forget', ...args)).rejects.toMatchObject({ exit: 'usage' });
  expect((await carillon(s, 'pushkeys', 'forget', '--all', 'org.*')).exit).toBe('failure');
  expect((await carillon(s, 'pushkeys')).text).toContain('ios: 1 rejected pushkey\n');
});

test('docs/redis.md tells how to make the hash of a registration in a shell', () => {
  const example = /^printf .*PUSHKEY.*$/m.exec(readRepositoryFile('docs/redis.md'))?.[0] ?? 'false';
  const made = execFileSync('sh', ['-c', example], { encoding: 'utf8' }).trim();
  expect(made).toBe(registrationKey({ appId: 'com.example.app.ios', pushkey: 'PUSHKEY' }));
});
