import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { runCommand } from '../command-line/run-command.testing.ts';
import { startTestInstallation, type TestInstallation } from '../installation.testing.ts';

const setup = startTestInstallation;

async function carillon(s: TestInstallation, ...args: readonly string[]) {
  const exit = await runCommand(s, ...args);
  return { exit, text: s.written() };
}

async function pausesOf(s: TestInstallation, app: string) {
  const { text } = await carillon(s, 'apps', '--json');
  const { apps } = JSON.parse(text) as { apps: readonly { name: string; pauses: readonly object[] }[] };
  return apps.find(({ name }) => name === app)?.pauses;
}

test('an app is paused with who did it, why and until when, and resumed', async () => {
  await using s = await setup();
  const before = Date.now();
  const paused = await carillon(s, 'apps', 'pause', 'ios', '--until', '30m', '--reason', 'a bad release');
  expect(paused.text).toContain('ios: its lanes calls, high, low are paused by ');
  expect(paused.text).toContain('for 30m more: a bad release');
  expect(paused.text).toContain('To end it: carillon apps resume ios\n');

  const [pause] = (await pausesOf(s, 'ios')) as readonly { by: string; until: string }[];
  expect(pause).toMatchObject({ lane: null, reason: 'a bad release' });
  expect(pause?.by).toMatch(`${userInfo().username}@`);
  expect(Math.abs(Date.parse(pause?.until ?? '') - before - 1_800_000)).toBeLessThan(60_000);
  expect((await carillon(s, 'apps')).text).toMatch(
    /^! ios: its lanes calls, high, low are paused by .*: a bad release$/m,
  );
  expect(await pausesOf(s, 'org.*')).toEqual([]);

  expect((await carillon(s, 'apps', 'resume', 'ios')).text).toMatch(
    /^ios: its lanes calls, high, low are no longer paused, after \d+m?s\.\n$/,
  );
  expect(await pausesOf(s, 'ios')).toEqual([]);
  expect((await carillon(s, 'apps')).text).toContain('No app is paused, parked or held.');
});

test('one lane is resumed, and what is still paused is said', async () => {
  await using s = await setup();
  await carillon(s, 'apps', 'pause', 'ios', '--lane', 'low');
  await carillon(s, 'apps', 'pause', 'ios', '--lane', 'calls');
  expect((await carillon(s, 'apps', 'resume', 'ios', '--lane', 'low')).text).toMatch(
    /^ios: its lane low is no longer paused, after \d+m?s\.\nios: its lane calls is still paused\.\n$/,
  );
  expect(await pausesOf(s, 'ios')).toMatchObject([{ lane: 'calls', until: null, reason: null }]);
});

test('a lane cannot be resumed out of a pause of all', async () => {
  await using s = await setup();
  await carillon(s, 'apps', 'pause', 'ios');
  await expect(carillon(s, 'apps', 'resume', 'ios', '--lane', 'low')).rejects.toMatchObject({
    message: 'All lanes of ios are paused together',
    cure: 'end that with `carillon apps resume ios`, and pause those that are to wait',
  });
  expect(await pausesOf(s, 'ios')).toHaveLength(1);
});

test('an app that there is not cannot be paused', async () => {
  await using s = await setup();
  await expect(carillon(s, 'apps', 'pause', 'ois')).rejects.toThrow(
    'No app of the configuration is named ois',
  );
});

test('drain tells what is left of an app, and when it is empty', async () => {
  await using s = await setup();
  await s.admit();
  expect(await carillon(s, 'apps', 'drain', 'ios', '--once')).toEqual({
    exit: 'failure',
    text: 'ios has 1 that wait, 0 that wait for a later try, 0 in flight\n',
  });

  const waiting = carillon(s, 'apps', 'drain', 'ios');
  await s.redis.flushall();
  const { exit, text } = await waiting;
  expect(exit).toBe('ok');
  expect(text).toMatch(/ios is empty: its app can be taken out of the configuration\n$/);
});
