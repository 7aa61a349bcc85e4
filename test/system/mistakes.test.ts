import { setTimeout as delay } from 'node:timers/promises';
import { registrationKey } from '@carillon/core';
import { createKnownRegistrations } from '@carillon/queue';
import { expect, test } from 'vitest';
import { iosApp, iosPushkey, iosToken, startInstallation } from '../installation/installation.ts';
import { createNotifier, messageNotify } from '../installation/notify.ts';

const windowMs = 6_000;
const sections = `rejections: {fuse: {window: ${windowMs}ms}}\n`;
const phones = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

/** An installation of several workers, and a homeserver that sends one event to one phone at a time. */
async function setup(workers: number) {
  const installation = await startInstallation({ sections });
  const { url } = await installation.startIngress();
  const started = await Promise.all(phones(0, workers).map(() => installation.startWorker()));
  const notifier = createNotifier(url);
  const rung = new Set<string>();
  const rejected: string[] = [];
  installation.apns.onLine(({ token, apns_id: id }) => {
    if (id !== undefined) rung.add(String(token));
  });
  const redis = installation.redis.connect();
  const known = createKnownRegistrations(redis, 'carillon');
  const isKnown = (phone: number) =>
    known.isKnown([
      { app: iosApp, shard: 0, key: registrationKey({ appId: iosApp, pushkey: iosPushkey(phone) }) },
    ]);
  let events = 0;

  async function ring(phone: number): Promise<void> {
    rejected.push(...(await notifier.postUntilTaken(messageNotify(`e${events++}`, phone))).rejected);
  }
  async function metrics(): Promise<string> {
    const texts = started.map(async ({ opsUrl }) => (await fetch(`${opsUrl}/metrics`)).text());
    return (await Promise.all(texts)).join('\n');
  }
  return {
    installation,
    rung,
    /** Pushkeys that any answer so far rejected. */
    rejected,
    ring,
    metrics,
    isParked: async () => /carillon_app_parked\{[^}]*\} 1/.test(await metrics()),
    /** Every phone has had a push that was accepted, and the workers have told one another. */
    async know(all: readonly number[]): Promise<void> {
      await Promise.all(all.map(ring));
      await expect.poll(async () => (await Promise.all(all.map(isKnown))).every(Boolean)).toBe(true);
    },
    /** One phone after the other, at a steady rate, until it is so or the time is over. */
    async ringSteadily(all: readonly number[], perSecond: number, until: () => boolean | Promise<boolean>) {
      for (let sent = 0; !(await until()); sent++) {
        await ring(all[sent % all.length] ?? 0);
        await delay(1_000 / perSecond);
      }
    },
    async [Symbol.asyncDispose]() {
      notifier[Symbol.dispose]();
      await installation[Symbol.asyncDispose]();
    },
  };
}

const recorded = /carillon_rejections_recorded_total\{.*\} [1-9]/;

// Invariant 7: what one worker suspects just before another one trips the fuse must not outlive the trip.
test('a wrong environment that is mended inside the window rejects none of the phones of three workers', async () => {
  await using s = await setup(3);
  const all = phones(0, 240);
  await s.know(all);
  await s.installation.script('*', { status: 400, reason: 'BadDeviceToken' });
  await s.ringSteadily(all, 60, s.isParked);
  await s.installation.script('*', undefined);
  await s.ringSteadily(all, 60, async () => !(await s.isParked()));
  const healed = Date.now();
  await s.ringSteadily(all, 30, () => Date.now() > healed + windowMs * 2);
  expect(await s.metrics()).not.toMatch(recorded);
  await Promise.all(all.map(s.ring));
  expect(s.rejected).toEqual([]);
});

// Invariants 14 and 15.
test('phones go on ringing whatever strangers are answered, and are rejected for nothing', async () => {
  await using s = await setup(2);
  const [friends, strangers] = [phones(0, 8), phones(1_000, 1_120)];
  await s.know(friends);
  for (const phone of strangers)
    await s.installation.script(
      iosToken(phone),
      phone % 2 === 0
        ? { status: 403, reason: 'TopicDisallowed' }
        : { status: 400, reason: 'BadDeviceToken' },
    );
  s.rung.clear();
  await Promise.all(strangers.map(s.ring));
  const startedAt = Date.now();
  const metrics: string[] = [];
  await s.ringSteadily(friends, 20, async () => {
    await s.ring(strangers[metrics.length % strangers.length] ?? 0);
    metrics.push(await s.metrics());
    return Date.now() > startedAt + windowMs * 2;
  });
  expect(metrics.filter((text) => /carillon_app_parked\{[^}]*\} 1/.test(text))).toEqual([]);
  await expect.poll(() => friends.filter((phone) => s.rung.has(iosToken(phone)))).toEqual(friends);
  expect(s.rejected.filter((pushkey) => friends.map(iosPushkey).includes(pushkey))).toEqual([]);
});
