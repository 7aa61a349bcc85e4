import type { Delivery, Outcome, Provider } from '@carillon/core';
import {
  connectPatiently,
  createAdmissionDesk,
  createBadges,
  createFuseStore,
  createParking,
  createRejections,
  type FuseSettings,
  type Reply,
} from '@carillon/queue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../test/redis/private-redis.ts';
import { createAppBreaker } from './app-breaker.ts';
import { createAppFuse } from './app-fuse.ts';
import { createAppGate } from './app-gate.ts';
import { createDeliveryHandler } from './delivery-handler.ts';
import type { SettledResult } from './observer.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

let prefixes = 0;
const app = 'com.example.app';

/** A handler of one app on keys of its own, whose provider answers what the test says. */
function setup(fuseSettings: Partial<FuseSettings> = {}) {
  const keyPrefix = `t${prefixes++}`;
  const redis = connectPatiently(server.settings);
  const parking = createParking(redis, keyPrefix);
  const rejections = createRejections(redis, { keyPrefix, ttlMs: 60_000 });
  const store = createFuseStore(redis, keyPrefix, {
    windowMs: 10_000,
    minSamples: 50,
    share: 0.5,
    ...fuseSettings,
  });
  const sends: Delivery[] = [];
  const settled: SettledResult[] = [];
  const replies: Reply[] = [];
  let answer: (sent: Delivery) => Outcome = () => delivered;
  const provider: Provider = {
    send(sent) {
      sends.push(sent);
      return Promise.resolve(answer(sent));
    },
    close: () => Promise.resolve(),
  };
  const observer = {
    trouble: () => undefined,
    buried: () => undefined,
    recovered: () => undefined,
    sent: () => undefined,
    settled: (_delivery: Delivery, result: SettledResult) => settled.push(result),
    requeued: () => undefined,
    inFlight: () => undefined,
    rejectionRecorded: () => undefined,
    suspected: () => undefined,
    parked: () => undefined,
    resumed: () => undefined,
  };
  const gate = createAppGate({ app, parking, observer, changed: () => undefined });
  const fuse = createAppFuse({ app, shards: 1, store, rejections, recorded: () => undefined });
  const handle = createDeliveryHandler({
    app,
    shards: 1,
    provider,
    gate,
    breaker: createAppBreaker(),
    fuse,
    fuseWindowMs: fuseSettings.windowMs ?? 10_000,
    rejections,
    badges: createBadges(redis, keyPrefix),
    observer,
    reply: (_replyTo, reply) => Promise.resolve(void replies.push(reply)),
  });
  return {
    handle,
    gate,
    fuse,
    parking,
    rejections,
    desk: createAdmissionDesk(redis, { keyPrefix, dedupWindowMs: 60_000, gatherMs: 0 }),
    sends,
    settled,
    replies,
    answerWith: (next: Outcome | ((sent: Delivery) => Outcome)) => {
      answer = typeof next === 'function' ? next : () => next;
    },
    [Symbol.dispose]: () => redis.disconnect(),
  };
}

function delivery(overrides: Partial<Delivery> = {}): Delivery {
  const now = Date.now();
  return {
    id: 'AAAAAAAAAAAAAAAAAAAAAA',
    app,
    lane: 'high',
    acceptedAt: now,
    expiresAt: now + 3_600_000,
    tries: 0,
    notification: { eventId: '$1', prio: 'high' },
    device: { appId: app, pushkey: 'key', pushkeyTs: 100 },
    ...overrides,
  };
}

const delivered: Outcome = { kind: 'delivered', reason: 'ok', sent: true };
const dead: Outcome = { kind: 'dead', reason: 'Unregistered', sent: true, suspect: false };
const suspect: Outcome = { kind: 'dead', reason: 'BadDeviceToken', sent: true, suspect: true };
const later: Outcome = {
  kind: 'later',
  reason: 'ServiceUnavailable',
  sent: true,
  backoff: 'outage',
  scope: 'provider',
  spendsAttempt: true,
};
const misconfigured: Outcome = {
  kind: 'misconfigured',
  reason: 'InvalidProviderToken',
  sent: true,
  speaksFor: 'app',
  cure: 'mend the key',
};
const outage = { kind: 'outage', reason: 'ServiceUnavailable', cure: 'wait' } as const;
const finished = { kind: 'finish' };

// Invariant 6.
describe('an outcome becomes a queue action', () => {
  test('delivered is finished', async () => {
    using s = setup();
    expect(await s.handle(delivery())).toEqual(finished);
    expect(s.settled).toEqual(['delivered']);
  });

  test('dead is recorded as a rejection of that registration before it is finished', async () => {
    using s = setup();
    s.answerWith(dead);
    expect(await s.handle(delivery())).toEqual(finished);
    expect(await s.rejections.isRejected(delivery(), 1)).toBe(true);
    const newer = delivery({ device: { appId: app, pushkey: 'key', pushkeyTs: 101 } });
    expect(await s.rejections.isRejected(newer, 1)).toBe(false);
  });

  test('the death of an older registration keeps a younger dead one rejected', async () => {
    using s = setup();
    const registeredAt = (pushkeyTs: number) =>
      delivery({ device: { appId: app, pushkey: 'key', pushkeyTs } });
    s.answerWith(dead);
    await s.handle(registeredAt(200));
    await s.handle(registeredAt(100));
    expect(await s.rejections.isRejected(registeredAt(200), 1)).toBe(true);
  });

  // Invariant 5.
  test('a death before the registration rejects nothing', async () => {
    using s = setup();
    s.answerWith({ kind: 'dead', reason: 'Unregistered', sent: true, suspect: false, since: 99_999 });
    expect(await s.handle(delivery())).toEqual(finished);
    expect(await s.rejections.isRejected(delivery(), 1)).toBe(false);
  });

  test('refused is finished and rejects nothing', async () => {
    using s = setup();
    s.answerWith({ kind: 'refused', reason: 'PayloadTooLarge', sent: true });
    expect(await s.handle(delivery())).toEqual(finished);
    expect(await s.rejections.isRejected(delivery(), 1)).toBe(false);
  });

  test('later is delayed until the time that the provider named, and spends a try', async () => {
    using s = setup();
    const notBefore = Date.now() + 5_000;
    s.answerWith({ ...later, notBefore });
    expect(await s.handle(delivery())).toMatchObject({
      kind: 'delay',
      until: notBefore,
      delivery: { tries: 1 },
    });
  });

  test('later spends no try where nothing reached the provider', async () => {
    using s = setup();
    s.answerWith({ ...later, spendsAttempt: false });
    expect(await s.handle(delivery())).toMatchObject({ kind: 'delay', delivery: { tries: 0 } });
  });

  test('later beyond the expiry is dropped and counted', async () => {
    using s = setup();
    s.answerWith({ ...later, notBefore: Date.now() + 7_200_000 });
    expect(await s.handle(delivery())).toEqual(finished);
    expect(s.settled).toEqual(['expired']);
  });
});

// Invariant 9.
test('an expired delivery is not sent', async () => {
  using s = setup();
  expect(await s.handle(delivery({ expiresAt: Date.now() - 1 }))).toEqual(finished);
  expect([s.sends.length, s.settled]).toEqual([0, ['expired']]);
});

test('a delivery whose pushkey died while it waited is not sent', async () => {
  using s = setup();
  await s.rejections.record(delivery(), 1, undefined);
  expect(await s.handle(delivery({ acceptedAt: Date.now() - 10_000 }))).toEqual(finished);
  expect([s.sends.length, s.settled]).toEqual([0, ['rejected']]);
});

test('whoever waits hears each outcome, and whether the pushkey is rejected, which a mere suspect is not', async () => {
  using s = setup();
  await s.handle(delivery({ replyTo: 'x' }));
  s.answerWith(later);
  await s.handle(delivery({ replyTo: 'x' }));
  s.answerWith(suspect);
  await s.handle(delivery({ replyTo: 'x' }));
  s.answerWith({ kind: 'dead', reason: 'Unregistered', sent: true, suspect: false, since: 99_999 });
  const other = { appId: app, pushkey: 'other', pushkeyTs: 100 };
  await s.handle(delivery({ replyTo: 'x', device: other }));
  s.answerWith(dead);
  await s.handle(delivery({ replyTo: 'x' }));
  s.answerWith(misconfigured);
  await s.handle(delivery({ replyTo: 'x' }));
  expect(s.replies).toEqual([
    { rejected: false, final: true, outcome: { kind: 'delivered', reason: 'ok' } },
    { rejected: false, final: false, outcome: { kind: 'later', reason: 'ServiceUnavailable' } },
    { rejected: false, final: true, outcome: { kind: 'dead', reason: 'BadDeviceToken' } },
    { rejected: false, final: true, outcome: { kind: 'dead', reason: 'Unregistered' } },
    { rejected: true, final: true, outcome: { kind: 'dead', reason: 'Unregistered' } },
    {
      rejected: false,
      final: true,
      outcome: { kind: 'misconfigured', reason: 'InvalidProviderToken', cure: 'mend the key' },
    },
  ]);
});

const waved = { kind: 'fuse', reason: 'fuse', cure: 'mend the topic' } as const;

describe('trouble of the provider', () => {
  /** Twenty sends that are answered so; the first nineteen are too few to judge by. */
  async function trip(s: ReturnType<typeof setup>, outcome: Outcome = later) {
    s.answerWith(outcome);
    for (let n = 0; n < 20; n++) expect(await s.handle(delivery())).toMatchObject({ kind: 'delay' });
  }
  async function probe(s: ReturnType<typeof setup>, outcome: Outcome) {
    s.answerWith(outcome);
    await s.parking.probeNow(app);
    await s.gate.look();
    return s.handle(delivery());
  }

  test('holds the queues of the app: what fails is delayed by itself, and what waits is not sent', async () => {
    using s = setup();
    await trip(s);
    expect(await s.parking.read(app)).toMatchObject({ kind: 'outage', reason: 'ServiceUnavailable' });
    expect(s.gate.room(0)).toBe(0);
    expect(await s.handle(delivery())).toEqual({ kind: 'return' });
    expect(s.sends).toHaveLength(20);
  });

  test('tells the cure that the answer has; where it has none, to look at the provider and at the way to it', async () => {
    using s = setup();
    await trip(s, { ...later, reason: 'project_quota', cure: 'Have the quota raised.' });
    expect(await s.parking.read(app)).toMatchObject({ cure: 'Have the quota raised.' });
    using other = setup();
    await trip(other);
    expect(await other.parking.read(app)).toMatchObject({
      cure: expect.stringMatching(/status page.*carillon check/) as string,
    });
  });

  test('holds nothing when it is one device that has to wait, or when half of the sends are taken', async () => {
    using s = setup();
    await trip(s, { ...later, scope: 'device' });
    expect(await s.parking.read(app)).toBeUndefined();
    for (let n = 0; n < 60; n++) {
      s.answerWith(n % 3 === 0 ? later : delivered);
      await s.handle(delivery());
    }
    expect(await s.parking.read(app)).toBeUndefined();
  });

  test('is over when three probes in a row get through; sends begin slowly', async () => {
    using s = setup();
    await trip(s);
    expect(await probe(s, later)).toMatchObject({ kind: 'delay' });
    expect(await s.parking.read(app)).toMatchObject({ probes: 1, passes: 0 });
    expect(await probe(s, delivered)).toEqual(finished);
    expect(await probe(s, { ...later, scope: 'device' })).toMatchObject({ kind: 'delay' });
    expect(await s.parking.read(app)).toMatchObject({ kind: 'outage', passes: 2 });
    expect(await probe(s, delivered)).toEqual(finished);
    expect(await s.parking.read(app)).toBeUndefined();
    expect([s.gate.room(0), s.gate.room(6), s.gate.room(100)]).toEqual([8, 2, 0]);
  });

  test('is looked into no sooner than the provider asked for', async () => {
    using s = setup();
    const notBefore = Date.now() + 120_000;
    await trip(s, { ...later, notBefore });
    expect(await s.parking.read(app)).toMatchObject({ probeAt: notBefore });
    expect(await s.parking.mayProbe(app)).toBe(false);
    expect(await probe(s, { ...later, notBefore: notBefore + 60_000 })).toMatchObject({ kind: 'delay' });
    expect(await s.parking.read(app)).toMatchObject({ probeAt: notBefore + 60_000 });
  });

  test('gives way to a mistake of ours that a probe brings to light', async () => {
    using s = setup();
    await trip(s);
    expect(await probe(s, misconfigured)).toEqual({ kind: 'return' });
    expect(await s.parking.read(app)).toMatchObject({
      kind: 'misconfigured',
      reason: 'InvalidProviderToken',
    });
  });

  test('makes no suspect of a pushkey less suspect', async () => {
    using s = setup();
    await trip(s);
    expect(await probe(s, suspect)).toMatchObject({ kind: 'delay', delivery: { tries: 1 } });
    expect(await s.fuse.tick(Date.now())).toBe(false);
  });
});

describe('a misconfigured app', () => {
  test('is parked: its deliveries go back unsent and no pushkey is rejected', async () => {
    using s = setup();
    s.answerWith(misconfigured);
    expect(await s.handle(delivery())).toEqual({ kind: 'return' });
    expect(await s.handle(delivery())).toEqual({ kind: 'return' });
    expect(s.sends).toHaveLength(1);
    expect(await s.parking.read(app)).toMatchObject({ reason: 'InvalidProviderToken', cure: 'mend the key' });
  });

  test('is not parked for the trouble of one push service: that delivery is tried again', async () => {
    using s = setup();
    s.answerWith({ ...misconfigured, origin: 'https://push.example.com' });
    expect(await s.handle(delivery())).toMatchObject({ kind: 'delay', delivery: { tries: 1 } });
    expect(await s.parking.read(app)).toBeUndefined();
    s.answerWith(delivered);
    expect(await s.handle(delivery())).toEqual(finished);
  });

  test('lets one probe through among all workers, and resumes when it is taken', async () => {
    using s = setup();
    s.answerWith(misconfigured);
    await s.handle(delivery());
    await s.parking.probeNow(app);
    await s.gate.look();
    expect([s.gate.room(0), await s.parking.mayProbe(app)]).toEqual([1, false]);
    s.answerWith(delivered);
    expect(await s.handle(delivery())).toEqual(finished);
    expect(await s.parking.read(app)).toBeUndefined();
    expect(await s.handle(delivery())).toEqual(finished);
  });

  const unsent = { sent: false, kind: 'later', scope: 'device', backoff: 'connection' } as const;
  test.each<Outcome>([
    { kind: 'refused', reason: 'nothing_to_send', sent: false },
    { ...unsent, reason: 'shutdown', spendsAttempt: false },
    { ...unsent, reason: 'bug', spendsAttempt: true },
  ])('takes a probe that never left this process for no proof: $reason', async (outcome) => {
    using s = setup();
    for (const cause of [misconfigured, outage]) {
      await s.gate.park(cause);
      await s.parking.probeNow(app);
      await s.gate.look();
      s.answerWith(outcome);
      await s.handle(delivery());
      expect(await s.parking.read(app)).toMatchObject({ reason: cause.reason, probes: 0, passes: 0 });
      expect(await s.parking.mayProbe(app)).toBe(true);
      await s.parking.resume(app);
      await s.gate.look();
    }
  });

  test('takes a probe that finds no way to the provider for a failed one', async () => {
    using s = setup();
    await s.gate.park(outage);
    await s.parking.probeNow(app);
    await s.gate.look();
    s.answerWith({ ...later, reason: 'connect_failed', sent: false });
    expect(await s.handle(delivery())).toMatchObject({ kind: 'delay' });
    expect(await s.parking.read(app)).toMatchObject({ kind: 'outage', probes: 1, passes: 0 });
    expect(await s.parking.mayProbe(app)).toBe(false);
  });

  // Invariant 15.
  test('is not held up by a malformed pushkey at the head of its queue', async () => {
    using s = setup();
    s.answerWith(misconfigured);
    await s.handle(delivery());
    await s.parking.probeNow(app);
    await s.gate.look();
    s.answerWith({ kind: 'dead', reason: 'pushkey_malformed', sent: false, suspect: true });
    expect(await s.handle(delivery())).toMatchObject({ kind: 'delay' });
    expect(await s.parking.read(app)).toMatchObject({ probes: 0 });
    await s.gate.look();
    s.answerWith(delivered);
    expect(await s.handle(delivery())).toEqual(finished);
    expect(await s.parking.read(app)).toBeUndefined();
  });

  test('stays parked while its probes fail, and probes less often', async () => {
    using s = setup();
    s.answerWith(misconfigured);
    await s.handle(delivery());
    await s.parking.probeNow(app);
    await s.gate.look();
    expect(await s.handle(delivery())).toEqual({ kind: 'return' });
    expect(await s.parking.read(app)).toMatchObject({ probes: 1 });
    expect(await s.parking.mayProbe(app)).toBe(false);
  });
});

test('an older badge update comes after no newer one', async () => {
  using s = setup();
  const badge = (id: string, unread: number) =>
    delivery({ id, notification: { prio: 'high', counts: { unread } } });
  const admit = (one: Delivery) =>
    s.desk.admit({ delivery: one, shards: 1, claim: false, maxBacklog: 1_000 });
  const [older, newer] = [badge('older', 3), badge('newer', 0)];
  await admit(older);
  s.answerWith(later);
  const again = await s.handle(older);
  if (again.kind !== 'delay') throw new Error('it was to be tried again');
  await admit(newer);
  s.answerWith(delivered);
  expect(await s.handle(newer)).toEqual(finished);
  expect(await s.handle(again.delivery)).toEqual(finished);
  expect(s.settled).toEqual(['delivered', 'superseded']);
});

describe('suspects', () => {
  const device = (n: number) => ({ appId: app, pushkey: `key${n}`, pushkeyTs: 100 });

  /** The fuse's clock is the test's. */
  async function sendAll(s: ReturnType<typeof setup>, good: number, bad: number) {
    s.answerWith(({ device: { pushkey } }) => (Number(pushkey.slice(3)) < bad ? suspect : delivered));
    for (let n = 0; n < good + bad; n++) await s.handle(delivery({ device: device(n) }));
  }
  const isRejected = (s: ReturnType<typeof setup>, n: number) =>
    s.rejections.isRejected(delivery({ device: device(n) }), 1);

  test('are rejected one window later when they are few', async () => {
    using s = setup();
    await sendAll(s, 97, 3);
    const now = Date.now();
    expect(await s.fuse.tick(now)).toBe(false);
    expect(await isRejected(s, 0)).toBe(false);
    await s.fuse.tick(now + 9_000);
    s.fuse.accepted(delivery({ device: device(50) }));
    await s.fuse.tick(now + 10_001);
    expect(await Promise.all([0, 1, 2, 3].map((n) => isRejected(s, n)))).toEqual([true, true, true, false]);
  });

  test('are held back until the window is over, and end unsent when they were rejected meanwhile', async () => {
    using s = setup();
    s.answerWith(suspect);
    const askedAt = Date.now();
    const held = await s.handle(delivery());
    if (held.kind !== 'delay') throw new Error('It was not held back');
    expect(held.until).toBeGreaterThan(askedAt + 10_000);
    s.fuse.accepted(delivery({ device: device(1) }));
    await s.fuse.tick(askedAt);
    s.fuse.accepted(delivery({ device: device(1) }));
    await s.fuse.tick(askedAt + 10_001);
    expect(await s.handle(held.delivery)).toEqual(finished);
    expect([s.sends.length, s.settled]).toEqual([1, ['rejected']]);
  });

  test('are sent again when the suspicion was void, and wait longer each time', async () => {
    using s = setup();
    s.answerWith(suspect);
    const first = await s.handle(delivery());
    if (first.kind !== 'delay') throw new Error('It was not held back');
    await s.fuse.voidSuspects();
    const second = await s.handle(first.delivery);
    expect(second).toMatchObject({ kind: 'delay', delivery: { tries: 2 } });
    expect(second.kind === 'delay' && second.until - first.until).toBeGreaterThan(9_000);
    s.answerWith(delivered);
    expect(await s.handle(first.delivery)).toEqual(finished);
    expect(s.settled).toEqual(['delivered']);
  });

  test('are not held back beyond their expiry', async () => {
    using s = setup();
    s.answerWith(suspect);
    expect(await s.handle(delivery({ expiresAt: Date.now() + 10_000 }))).toEqual(finished);
    expect(s.settled).toEqual(['dead']);
  });

  test('in a wave trip the fuse and are void, however long one waits', async () => {
    using s = setup();
    await sendAll(s, 0, 60);
    const now = Date.now();
    expect(await s.fuse.tick(now)).toBe(true);
    await s.fuse.tick(now + 20_000);
    expect(await Promise.all(Array.from({ length: 60 }, (_, n) => isRejected(s, n)))).not.toContain(true);
  });

  test('are cleared by a later success of the same pushkey', async () => {
    using s = setup();
    await sendAll(s, 10, 1);
    const now = Date.now();
    await s.fuse.tick(now);
    s.answerWith(delivered);
    await s.handle(delivery({ device: device(0) }));
    await s.fuse.tick(now + 5_000);
    s.fuse.accepted(delivery({ device: device(5) }));
    await s.fuse.tick(now + 10_001);
    expect(await isRejected(s, 0)).toBe(false);
  });

  test('of an app without accepted sends are never rejected', async () => {
    using s = setup();
    await sendAll(s, 0, 3);
    const now = Date.now();
    await s.fuse.tick(now);
    await s.fuse.tick(now + 10_001);
    expect(await isRejected(s, 0)).toBe(false);
  });

  test('a wave is over when five probes in a row get through, not when one does', async () => {
    using s = setup();
    await s.gate.park(waved);
    await s.parking.probeNow(app);
    await s.gate.look();
    s.answerWith(delivered);
    for (let n = 0; n < 4; n++) expect(await s.handle(delivery({ device: device(n) }))).toEqual(finished);
    expect(await s.parking.read(app)).toMatchObject({ passes: 4 });
    s.answerWith(suspect);
    expect(await s.handle(delivery())).toMatchObject({ kind: 'delay' });
    expect(await s.parking.read(app)).toMatchObject({ passes: 0 });
    await s.parking.probeNow(app);
    await s.gate.look();
    s.answerWith(delivered);
    for (let n = 0; n < 5; n++) expect(await s.handle(delivery({ device: device(n) }))).toEqual(finished);
    expect(await s.parking.read(app)).toBeUndefined();
  });

  test('go back to the queue once their app is parked', async () => {
    using s = setup();
    s.answerWith(suspect);
    const inFlight = s.handle(delivery());
    await s.gate.park(waved);
    await inFlight;
    await s.parking.probeNow(app);
    await s.gate.look();
    const before = Date.now();
    const aside = await s.handle(delivery());
    if (aside.kind !== 'delay') throw new Error('it was to stand aside');
    expect(aside.until - before).toBeGreaterThanOrEqual(10_000); // the fuse's window
    expect(aside.until - Date.now()).toBeLessThanOrEqual(10_000);
    expect(await s.parking.read(app)).toMatchObject({ reason: 'fuse', probes: 1 });
  });
});
