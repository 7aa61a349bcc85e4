import { createFuseStore, createParking, createWorkerPresence } from '@carillon/queue';
import { OperatorError } from '@carillon/runtime';
import { expect, test } from 'vitest';
import { providers } from '../providers.ts';
import { runCommand } from '../command-line/run-command.testing.ts';
import { startTestInstallation } from '../installation.testing.ts';
import { listApps } from './list-apps.ts';

const wrongKey = { kind: 'misconfigured', reason: 'InvalidProviderToken', cure: 'mend the key' } as const;
const wrongTopic = { kind: 'misconfigured', reason: 'BadTopic', cure: 'mend the topic' } as const;

async function setup() {
  const installation = await startTestInstallation();
  const { configPath, output, redis } = installation;
  return {
    ...installation,
    parking: createParking(redis, 'carillon'),
    fuses: createFuseStore(redis, 'carillon', { windowMs: 600_000, minSamples: 50, share: 0.5 }),
    async apps(json = false) {
      const exit = await listApps({ configPath, json, providers, output, coloured: false });
      expect(exit).toBe('ok');
      return installation.written();
    },
    async json() {
      return JSON.parse(await this.apps(true)) as { apps: Record<string, unknown>[] };
    },
    async resume(app: string) {
      expect(await runCommand({ configPath, output }, 'apps', 'resume', app)).toBe('ok');
      return installation.written();
    },
    [Symbol.asyncDispose]: () => installation[Symbol.asyncDispose](),
  };
}

type Setup = Awaited<ReturnType<typeof setup>>;

async function suspect(s: Setup, app: string, keys: readonly string[]): Promise<void> {
  const now = Date.now();
  const suspects = keys.map((key, index) => ({
    number: 1_000 + index,
    registration: { key, shard: 0, pushkeyTs: 1 },
    sentAt: now,
    known: true,
    sent: true,
  }));
  const accepted = Array.from({ length: 100 }, (_, phone) => phone);
  const others = { doubts: [], rows: [], cleared: [] };
  await s.fuses.tick(app, { lastAcceptedAt: now, accepted, suspects, ...others }, now);
}

test('an installation at rest has a row for each lane of each app, and nothing to note', async () => {
  await using s = await setup();
  const lines = (await s.apps()).split('\n');
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['APP', 'TYPE', 'LANE', 'WAITING', 'DELAYED', 'IN FLIGHT', 'WORKERS', 'OLDEST'],
    ['ios', 'fcm', 'calls', '0', '0', '0', '0', '–'],
    ['high', '0', '0', '0', '0', '–'],
    ['low', '0', '0', '0', '0', '–'],
    ['org.*', 'fcm', 'calls', '0', '0', '0', '0', '–'],
    ['high', '0', '0', '0', '0', '–'],
    ['low', '0', '0', '0', '0', '–'],
    [''],
    ['No app is paused, parked or held.'],
    [''],
  ]);
});

test('a Redis that takes no writes is told: it knows of no workers then', async () => {
  await using s = await setup();
  await s.redis.config('SET', 'min-replicas-to-write', '1');
  try {
    expect(await s.apps()).toMatch(/✗ redis .*: the number of workers tells nothing meanwhile\n    cure: /);
  } finally {
    await s.redis.config('SET', 'min-replicas-to-write', '0');
  }
});

test('what waits, a parked app with its cure, suspects and dead letters are all told', async () => {
  await using s = await setup();
  await s.admit();
  await s.setAllAside();
  await s.admit();
  await s.admit();
  await s.parking.park('ios', wrongKey);
  for (let probe = 0; probe < 6; probe += 1) {
    await s.parking.probeNow('ios');
    await s.parking.probeFailed('ios');
  }
  await suspect(s, 'org.*', ['a', 'b']);

  const text = await s.apps();
  expect(text).toMatch(/^ +high +2 +0 +0 +0 +[\d.]+m?s$/m);
  expect(text).toMatch(/^✗ ios is parked, for InvalidProviderToken since \d{4}-\S+Z \([\d.]+m?s\)$/m);
  expect(text).toContain('cure: mend the key');
  expect(text).toMatch(
    /probes that failed: 6; the next in (1m|\d\ds) at the latest\. .*carillon apps resume ios/,
  );
  expect(text).toContain('! ios: 1 dead letter: carillon dead list --app ios');
  expect(text).toContain('! org.*: 2 suspects in its fuse');

  const { apps } = await s.json();
  expect(apps).toMatchObject([
    {
      name: 'ios',
      type: 'fcm',
      lanes: [
        { lane: 'calls' },
        { lane: 'high', waiting: 2, delayed: 0, inFlight: 0 },
        { lane: 'low', oldestSeconds: null },
      ],
      parked: { kind: 'misconfigured', reason: 'InvalidProviderToken', cure: 'mend the key', probes: 6 },
      suspects: 0,
      deadLetters: 1,
    },
    { name: 'org.*', parked: null, suspects: 2, deadLetters: 0 },
  ]);
  const { since, nextProbeSeconds } = Object(apps[0]?.['parked']) as {
    since: string;
    nextProbeSeconds: number;
  };
  expect(Math.abs(Date.now() - Date.parse(since))).toBeLessThan(60_000);
  expect(nextProbeSeconds).toBeGreaterThan(0);
  expect(nextProbeSeconds).toBeLessThanOrEqual(60);
});

test('an app that its fuse has parked is told so, and not by a word that nobody knows', async () => {
  await using s = await setup();
  await s.parking.park('ios', { kind: 'fuse', reason: 'fuse', cure: 'See `topic`.' });
  expect(await s.apps()).toMatch(/^✗ ios is parked, by its fuse: \S+ since \d{4}-\S+Z \(\d+m?s\)$/m);
});

test('a lane in which deliveries wait and that no worker takes is told', async () => {
  await using s = await setup();
  await s.admit();
  expect(await s.apps()).toMatch(
    /✗ ios, lane high: 1 wait, the oldest for [\d.]+m?s, and no worker takes them\n +cure: start/,
  );
  await createWorkerPresence(s.redis, 'carillon', 'host:1:a').beat(new Map([['ios', ['high']]]));
  expect(await s.apps()).not.toContain('no worker');
  expect((await s.json()).apps).toMatchObject([
    { lanes: [{ workers: 0 }, { workers: 1 }, { workers: 0 }] },
    {},
  ]);
});

test('an app that is resumed goes on at once; its suspects, its dead letters and what waits stay', async () => {
  await using s = await setup();
  await s.admit();
  await s.setAllAside();
  await s.admit();
  await suspect(s, 'ios', ['a']);
  await s.parking.park('ios', wrongTopic);
  await s.parking.park('org.*', wrongTopic);

  expect(await s.resume('ios')).toMatch(
    /^ios is no longer parked\. It was, for BadTopic since .*\n.*\n {2}mend the topic\n$/,
  );
  expect(await s.parking.read('ios')).toBeUndefined();
  expect(await s.parking.mayProbe('ios')).toBe(true);
  const { apps } = await s.json();
  expect(apps).toMatchObject([
    { parked: null, suspects: 1, deadLetters: 1, lanes: [{}, { waiting: 1 }, {}] },
    { parked: { reason: 'BadTopic' } },
  ]);
  expect(await s.resume('ios')).toBe('ios is neither paused nor parked nor held: nothing changed\n');
});

test("a provider's outage is told as such, and ended by hand, too", async () => {
  await using s = await setup();
  await s.parking.park('ios', {
    kind: 'outage',
    reason: 'ServiceUnavailable',
    cure: 'wait, or look at its status page',
  });
  expect(await s.apps()).toMatch(
    /✗ ios is held while its provider is in trouble, for ServiceUnavailable since/,
  );
  expect(await s.resume('ios')).toMatch(/^ios is no longer held while its provider is in trouble\./);
  expect((await s.json()).apps).toMatchObject([{ parked: null }, {}]);
});

test.each([
  ['IOS', 'did you mean ios?'],
  ['org.example', 'choose among ios, org.*'],
])('an unknown app, %s, is a mistake of the command line: %s', async (app, cure) => {
  await using s = await setup();
  await s.server.kill(); // what was asked is wrong, whatever Redis does
  const resumed = s.resume(app);
  await expect(resumed).rejects.toThrow(expect.objectContaining({ cure, exit: 'usage' }));
});

test('without Redis there is no answer, but a cure', async () => {
  await using s = await setup();
  await s.server.kill();
  await expect(s.apps()).rejects.toThrow(OperatorError);
  await expect(s.apps()).rejects.toThrow(expect.objectContaining({ exit: 'unavailable' }));
});
