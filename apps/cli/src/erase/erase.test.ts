import { writeFile } from 'node:fs/promises';
import { join, dirname } from 'node:path';
import { registrationKey, type Device } from '@carillon/core';
import { createKnownRegistrations, createRejections, fixedShards } from '@carillon/queue';
import { expect, test } from 'vitest';
import { runCommand } from '../command-line/run-command.testing.ts';
import { startTestInstallation, type TestInstallation } from '../installation.testing.ts';

const victim = 'victim-pushkey-0123456789';
const neighbour = 'neighbour-pushkey-0123456789';
const glob = 'glob-pushkey';

async function carillon(s: TestInstallation, ...args: readonly string[]) {
  const exit = await runCommand(s, ...args);
  return { exit, text: s.written() };
}

const device = (pushkey: string, appId = 'ios'): Device => ({ appId, pushkey });

/** Deliveries in every state, a rejection and what makes a registration known, of each of these. */
async function fill(s: TestInstallation, shards = 1) {
  const { redis } = s;
  const options = { keyPrefix: 'carillon', shards: fixedShards(shards), ttlMs: 600_000 };
  const rejections = createRejections(redis, options);
  const known = createKnownRegistrations(redis, 'carillon');
  for (const [at, pushkey] of [victim, neighbour].entries()) {
    const own = { device: device(pushkey) };
    for (const state of ['waits', 'delayed', 'in-flight', 'dead'])
      await s.admit({ id: `${state}-${at}`, ...own });
    await redis.lrem(s.key('wait'), 0, `delayed-${at}`);
    await redis.zadd(s.key('delayed'), Date.now() * 4096 + 10_000, `delayed-${at}`);
    await redis.zadd(s.key('later'), Date.now(), `delayed-${at}`);
    await redis.lrem(s.key('wait'), 0, `in-flight-${at}`);
    const prefix = s.key('').replace('ios/high:', '');
    await redis.zadd(`${prefix}workers`, Date.now() + 60_000, 'worker');
    await redis.sadd(`${prefix}in-flight:worker`, `ios/high:in-flight-${at}`);
    await redis.lrem(s.key('wait'), 0, `dead-${at}`);
    await redis.zadd(s.key('failed'), Date.now(), `dead-${at}`);
    const key = registrationKey(device(pushkey));
    const shard = options.shards.placeOf(pushkey);
    await rejections.recordRegistration('ios', { shard, key, pushkeyTs: 17 });
    await known.remember([{ app: 'ios', shard, key }]);
    await redis.zadd('carillon:{ios}suspects', Date.now(), key);
    await redis.hset('carillon:{ios}suspects:particulars', key, '0:17');
    await redis.zadd('carillon:{ios}doubts', Date.now(), `BadDeviceToken ${key}`);
    await redis.set(`carillon:{ios}probed:${key}`, '', 'PX', 600_000);
  }
}

/** Everything that stands in Redis, as text. */
async function everything({ redis }: TestInstallation): Promise<string> {
  const texts = await Promise.all(
    (await redis.keys('*')).map(async (key) => {
      const read = {
        string: () => redis.get(key),
        list: () => redis.lrange(key, 0, -1),
        set: () => redis.smembers(key),
        zset: () => redis.zrange(key, '0', '-1'),
        hash: () => redis.hgetall(key),
      } as const;
      const type = (await redis.type(key)) as keyof typeof read;
      return `${key} ${JSON.stringify(await read[type]())}`;
    }),
  );
  return texts.join('\n');
}

test('everything of one pushkey is erased and nothing of another, and a second look proves it', async () => {
  await using s = await startTestInstallation();
  await fill(s);
  const before = await everything(s);
  const dry = await carillon(s, 'erase', '--pushkey', victim, '--dry-run');
  expect(dry).toEqual({
    exit: 'failure',
    text: expect.stringMatching(
      /^Would be erased:\n {2}ios: 4 deliveries \(1 waiting, 1 waiting for a later try, 1 among the dead letters, 1 being sent\), 1 rejection, 1 known registration, 1 suspect, 1 doubted registration\n/,
    ),
  });
  expect(await everything(s)).toBe(before);

  const { exit, text } = await carillon(s, 'erase', '--pushkey', victim);
  expect(text).toMatch(/^Erased:\n {2}ios: 4 deliveries .*\nLooked again: nothing of it is left\.\n/);
  expect(text).toMatch(/claims of events .* 2h after each \(ingress\.dedup_window\)/);
  expect(text).toMatch(
    /left\.\n1 of it was being sent: .* may still record .*\n {2}→ run this again in a minute\n/,
  );
  expect(text).toMatch(/of org\.\* only what waits was looked at: .* --app-id/);
  expect(exit).toBe('ok');
  const after = await everything(s);
  for (const trace of [
    victim,
    registrationKey(device(victim)),
    'waits-0',
    'delayed-0',
    'in-flight-0',
    'dead-0',
  ])
    expect(after).not.toContain(trace);
  for (const trace of ['waits-1', 'delayed-1', 'in-flight-1', 'dead-1', registrationKey(device(neighbour))])
    expect(after).toContain(trace);
  expect(await carillon(s, 'erase', '--pushkey', neighbour, '--dry-run')).toMatchObject({ exit: 'failure' });
  const again = await carillon(s, 'erase', '--pushkey', victim);
  expect(again.text).toMatch(/^Nothing is stored that can be erased/);
  expect(again.text).not.toContain('being sent');
  expect(Number(await s.redis.hget(s.key('').replace('ios/high:', 'weights'), 'ios/high'))).toBeGreaterThan(
    0,
  );
});

test('many pushkeys come from a file, each perhaps with its app id, and shards of former numbers are looked at', async () => {
  await using s = await startTestInstallation();
  const shards = fixedShards(4);
  await s.redis.zadd('carillon:shard-counts', Date.now() + 600_000, 4);
  await fill(s, 4);
  const rejections = createRejections(s.redis, { keyPrefix: 'carillon', shards, ttlMs: 600_000 });
  const ofGlob = { key: registrationKey(device(glob, 'org.a')), shard: shards.placeOf(glob), pushkeyTs: 17 };
  await rejections.recordRegistration('org.*', ofGlob);
  const file = join(dirname(s.configPath), 'pushkeys.txt');
  const madeUp = Array.from({ length: 500 }, (_, index) => `made-up-${index}`);
  await writeFile(
    file,
    ['# asked on Monday', victim, '', `${glob}  org.a`, neighbour, ...madeUp].join('\r\n'),
  );

  const { exit, text } = await carillon(s, 'erase', '--from', file);
  expect(text).toMatch(/ios: 8 deliveries .* 2 rejections.*\n {2}org\.\*: 1 rejection\n/);
  expect(exit).toBe('ok');
  expect(await s.redis.keys('carillon:{*}dead:*')).toEqual([]);
  expect(await s.redis.keys('carillon:*known:*')).toEqual([]);
});

test('what is not asked well is refused, before anything is erased', async () => {
  await using s = await startTestInstallation();
  await fill(s);
  const before = await everything(s);
  for (const args of [
    [],
    ['--pushkey', victim, '--from', 'x'],
    ['--from', '/nowhere/at/all'],
    ['--pushkey', victim, '--app-id', 'com.example.nobody'],
  ])
    await expect(carillon(s, 'erase', ...args)).rejects.toMatchObject({ exit: 'usage' });
  expect(await everything(s)).toBe(before);
});

test('deliveries that nobody can read are told, not erased', async () => {
  await using s = await startTestInstallation();
  await fill(s);
  await s.redis.hset(s.key('dead-1'), 'data', 'nonsense');
  const { text } = await carillon(s, 'erase', '--pushkey', victim);
  expect(text).toMatch(/1 stored deliveries cannot be decoded/);
  expect(await s.redis.exists(s.key('dead-1'))).toBe(1);
});
