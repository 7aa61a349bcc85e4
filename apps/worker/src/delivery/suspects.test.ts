import type { Outcome } from '@carillon/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../test/redis/private-redis.ts';
import {
  app,
  delivered,
  delivery,
  finished,
  phone,
  phones,
  setup,
  suspect,
  waved,
  type Setup,
} from './delivery-handler.testing.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

describe('suspects', () => {
  /** The fuse's clock is the test's. */
  async function sendAll(s: Setup, good: number, bad: number) {
    s.answerWith(({ device: { pushkey } }) => (Number(pushkey.slice(3)) < bad ? suspect : delivered));
    for (let n = 0; n < good + bad; n++) await s.handle(delivery({ device: phone(n) }));
  }
  const isRejected = (s: Setup, n: number) => s.rejections.isRejected(delivery({ device: phone(n) }));

  test('are rejected one window later when they are few', async () => {
    using s = setup(server);
    await sendAll(s, 97, 3);
    const now = Date.now();
    expect(await s.fuse.tick(now)).toBeUndefined();
    expect(await isRejected(s, 0)).toBe(false);
    await s.fuse.tick(now + 9_000);
    s.fuse.accepted(delivery({ device: phone(50) }), Date.now());
    await s.fuse.tick(now + 10_001);
    expect(await Promise.all([0, 1, 2, 3].map((n) => isRejected(s, n)))).toEqual([true, true, true, false]);
  });

  test('are not rejected on the word of what a second transport of the app accepted', async () => {
    using s = setup(server);
    await sendAll(s, 0, 3);
    const now = Date.now();
    await s.fuse.tick(now);
    const origin = 'https://push.example.org';
    s.fuse.accepted(delivery({ device: phone(50) }), now + 5_000, { origin, aside: true });
    await s.fuse.tick(now + 20_001);
    expect(await Promise.all([0, 1, 2].map((n) => isRejected(s, n)))).toEqual([false, false, false]);
  });

  test('are kept waiting until the window is over, and end unsent when they were rejected meanwhile', async () => {
    using s = setup(server);
    s.answerWith(suspect);
    const askedAt = Date.now();
    const kept = await s.handle(delivery());
    if (kept.kind !== 'delay') throw new Error('It was not kept waiting');
    expect(kept.until).toBeGreaterThan(askedAt + 10_000);
    s.fuse.accepted(delivery({ device: phone(1) }), Date.now());
    await s.fuse.tick(askedAt);
    s.fuse.accepted(delivery({ device: phone(1) }), Date.now());
    await s.fuse.tick(askedAt + 10_001);
    expect(await s.handle(kept.delivery)).toEqual(finished);
    expect([s.sends.length, s.settled]).toEqual([1, ['rejected']]);
  });

  test('are sent again when the suspicion was void, and wait longer each time', async () => {
    using s = setup(server);
    s.answerWith(suspect);
    const first = await s.handle(delivery());
    if (first.kind !== 'delay') throw new Error('It was not kept waiting');
    await s.fuse.voidSuspects();
    const second = await s.handle(first.delivery);
    expect(second).toMatchObject({ kind: 'delay', delivery: { tries: 2 } });
    expect(second.kind === 'delay' && second.until - first.until).toBeGreaterThan(9_000);
    s.answerWith(delivered);
    expect(await s.handle(first.delivery)).toEqual(finished);
    expect(s.settled).toEqual(['delivered']);
  });

  test('are not kept waiting beyond their expiry', async () => {
    using s = setup(server);
    s.answerWith(suspect);
    expect(await s.handle(delivery({ expiresAt: Date.now() + 10_000 }))).toEqual(finished);
    expect(s.settled).toEqual(['dead']);
  });

  test('in a wave trip the fuse and are void, however long one waits', async () => {
    using s = setup(server);
    await sendAll(s, 0, 60);
    const now = Date.now();
    expect(await s.fuse.tick(now)).toMatchObject({ kind: 'fuse' });
    await s.fuse.tick(now + 20_000);
    expect(await Promise.all(Array.from({ length: 60 }, (_, n) => isRejected(s, n)))).not.toContain(true);
  });

  test('are cleared by a later success of the same pushkey', async () => {
    using s = setup(server);
    await sendAll(s, 10, 1);
    const now = Date.now();
    await s.fuse.tick(now);
    s.answerWith(delivered);
    await s.handle(delivery({ device: phone(0) }));
    await s.fuse.tick(now + 5_000);
    s.fuse.accepted(delivery({ device: phone(5) }), Date.now());
    await s.fuse.tick(now + 10_001);
    expect(await isRejected(s, 0)).toBe(false);
  });

  test('are not cleared by a push that was accepted before they became suspects', async () => {
    using s = setup(server);
    await s.know([0, 5]);
    s.fuse.accepted(delivery({ device: phone(0) }), Date.now() - 1); // not handed in yet
    s.answerWith(suspect);
    await s.handle(delivery({ device: phone(0) }));
    const now = Date.now();
    await s.fuse.tick(now);
    s.fuse.accepted(delivery({ device: phone(5) }), Date.now());
    await s.fuse.tick(now + 10_001);
    expect(await isRejected(s, 0)).toBe(true);
  });

  test('and nothing else make a tick ask Redis; what was accepted is handed in now and then', async () => {
    using s = setup(server);
    await s.know([0, 5]);
    const asked = async (now: number): Promise<number> => {
      const calls = async () => (await s.commandStats()).match(/cmdstat_evalsha:calls=(\d+)/)?.[1];
      s.fuse.accepted(delivery({ device: phone(5) }), Date.now());
      const before = Number(await calls());
      await s.fuse.tick(now);
      return Number(await calls()) - before;
    };
    const now = Date.now() + 1_000; // long after the last tick
    expect([await asked(now), await asked(now + 249), await asked(now + 250)]).toEqual([1, 0, 1]);
    s.answerWith(suspect);
    await s.handle(delivery({ device: phone(0) }));
    expect([await asked(now + 251), await asked(now + 252)]).toEqual([1, 1]);
  });

  test('of an app without accepted sends are never rejected', async () => {
    using s = setup(server);
    await sendAll(s, 0, 3);
    const now = Date.now();
    await s.fuse.tick(now);
    await s.fuse.tick(now + 10_001);
    expect(await isRejected(s, 0)).toBe(false);
  });

  test('a wave is over when five probes in a row get through, not when one does', async () => {
    using s = setup(server);
    await s.fuse.tick(Date.now()); // the app knows nobody yet
    await s.gate.park(waved);
    await s.lookWithProbes();
    s.answerWith(delivered);
    for (const n of phones(0, 4)) expect(await s.handle(delivery({ device: phone(n) }))).toEqual(finished);
    expect(await s.parking.read(app)).toMatchObject({ passes: 4 });
    s.answerWith(suspect);
    expect(await s.handle(delivery())).toMatchObject({ kind: 'delay' });
    expect(await s.parking.read(app)).toMatchObject({ passes: 0 });
    await s.lookWithProbes();
    s.answerWith(delivered);
    for (const n of phones(4, 9)) expect(await s.handle(delivery({ device: phone(n) }))).toEqual(finished);
    expect(await s.parking.read(app)).toBeUndefined();
  });

  test('stand aside once their app is parked', async () => {
    using s = setup(server);
    await s.fuse.tick(Date.now()); // the app knows nobody yet
    s.answerWith(suspect);
    const inFlight = s.handle(delivery());
    await s.gate.park(waved);
    await inFlight;
    await s.lookWithProbes();
    const before = Date.now();
    const aside = await s.handle(delivery({ device: phone(1) }));
    if (aside.kind !== 'delay') throw new Error('it was to stand aside');
    expect(aside.until - before).toBeGreaterThanOrEqual(10_000); // the fuse's window
    expect(aside.until - Date.now()).toBeLessThanOrEqual(10_000);
    expect(await s.parking.read(app)).toMatchObject({ kind: 'fuse', probes: 1 });
  });
});

/** The phones are sent to and answered as suspects. */
async function suspectAll(s: Setup, asked: readonly number[]): Promise<void> {
  s.answerWith(suspect);
  for (const n of asked) await s.handle(delivery({ device: phone(n) }));
}

async function rejectedOf(s: Setup, asked: readonly number[]): Promise<number> {
  const each = asked.map((n) => s.rejections.isRejected(delivery({ device: phone(n) })));
  return (await Promise.all(each)).filter(Boolean).length;
}

// Invariants 7 and 14.
describe('a mistake of ours', () => {
  test('is told within a tick by known phones that turn bad, whatever was accepted before, and rejects nobody', async () => {
    using s = setup(server);
    await s.know(phones(0, 400));
    await suspectAll(s, phones(0, 50));
    const now = Date.now();
    const cause = await s.fuse.tick(now);
    expect(cause).toMatchObject({ kind: 'fuse', reason: 'BadDeviceToken' });
    s.fuse.accepted(delivery({ device: phone(1) }), Date.now());
    await s.fuse.tick(now + 10_001);
    expect(await rejectedOf(s, phones(0, 50))).toBe(0);
  });

  test('is told by more than half of the known phones of a window where some are accepted all the while', async () => {
    using s = setup(server);
    await s.know(phones(0, 60));
    for (const n of phones(0, 45)) {
      await suspectAll(s, [n]);
      s.answerWith(delivered);
      await s.handle(delivery({ device: phone(59) }));
    }
    expect(await s.fuse.tick(Date.now())).toMatchObject({ kind: 'fuse' });
  });

  test('counts a registration once, however often it is sent to', async () => {
    using s = setup(server);
    await s.know(phones(0, 60));
    for (let round = 0; round < 20; round++) await suspectAll(s, phones(0, 20));
    expect(await s.fuse.tick(Date.now())).toBeUndefined();
  });

  test('is not told by any number of strangers, who are forgotten', async () => {
    using s = setup(server);
    await s.know(phones(0, 10));
    await suspectAll(s, phones(100, 300));
    const now = Date.now();
    expect(await s.fuse.tick(now)).toBeUndefined();
    await s.know([1]);
    expect(await s.fuse.tick(now + 10_001)).toBeUndefined();
    expect(await rejectedOf(s, phones(100, 300))).toBe(0);
  });

  test('takes no word of what was not sent', async () => {
    using s = setup(server);
    s.answerWith({ ...suspect, reason: 'pushkey_malformed', sent: false });
    for (const n of phones(0, 100)) await s.handle(delivery({ device: phone(n) }));
    expect(await s.fuse.tick(Date.now())).toBeUndefined();
  });

  test('that was over before it could be told rejects none of the phones that it met in a row', async () => {
    using s = setup(server);
    await s.know(phones(0, 200));
    await suspectAll(s, phones(0, 20));
    const now = Date.now();
    expect(await s.fuse.tick(now)).toBeUndefined();
    await s.know(phones(100, 200));
    await s.fuse.tick(now + 10_001);
    expect(await rejectedOf(s, phones(0, 20))).toBe(0);
  });

  test('voids what another worker suspected before it and hands in after it', async () => {
    using s = setup(server);
    using other = s.anotherWorker();
    await s.know(phones(0, 100));
    await suspectAll(other, phones(60, 64));
    await suspectAll(s, phones(0, 50));
    const now = Date.now();
    expect(await s.fuse.tick(now)).toMatchObject({ kind: 'fuse' });
    await suspectAll(other, phones(64, 68)); // it has not heard yet
    expect(await other.fuse.tick(now + 1)).toBeUndefined();
    await s.know([1]);
    await other.fuse.tick(now + 10_001);
    expect(await rejectedOf(s, phones(60, 68))).toBe(0);
  });
});

// Invariant 5: with somebody's key and a place of one's own one is another registration.
test('a registration is known by where it is delivered to, even if others have its pushkey', async () => {
  using s = setup(server);
  const at = (address: string) => delivery({ device: { ...phone(0), address } });
  s.answerWith(delivered);
  await s.handle(at('a stranger'));
  await s.knownHere.tick();
  expect(await s.knownHere.isKnown(at('its owner'))).toBe(false);
  await s.handle(at('its owner'));
  await s.knownHere.tick();
  expect(await s.knownHere.isKnown(at('its owner'))).toBe(true);
});

test('what waits for a crowd of strangers has an end', async () => {
  using s = setup(server);
  await s.know([0]);
  await suspectAll(s, phones(1_000, 2_000));
  await s.fuse.tick(Date.now());
  expect(await s.handle(delivery({ device: phone(3_000) }))).toEqual(finished);
  expect(await s.handle(delivery({ device: phone(0) }))).toMatchObject({ kind: 'delay' });
});

// Invariant 7: a client chose the push service, so what it says is its own.
describe('a push service that says of all its endpoints that they are gone', () => {
  const gone = (origin: string): Outcome => ({ ...suspect, reason: 'http_404', suspect: 'origin', origin });
  const accepted = (origin: string): Outcome => ({ ...delivered, origin });
  const send = async (s: Setup, asked: readonly number[], outcome: Outcome) => {
    s.answerWith(outcome);
    for (const n of asked) await s.handle(delivery({ device: phone(n) }));
  };
  const [a, b] = ['https://a.example', 'https://b.example'];

  test('is down: none of them is rejected, and the app goes on', async () => {
    using s = setup(server);
    await s.know(phones(0, 40));
    await send(s, phones(0, 40), gone(a));
    await send(s, [100], accepted(b));
    const now = Date.now();
    expect(await s.fuse.tick(now)).toBeUndefined();
    await send(s, [0, 1], accepted(a));
    await send(s, [100], accepted(b));
    await s.fuse.tick(now + 1_000);
    await s.fuse.tick(now + 12_000);
    expect(await rejectedOf(s, phones(0, 40))).toBe(0);
  });

  test('means the one, when others of it are accepted before and after', async () => {
    using s = setup(server);
    await send(s, [1], accepted(a));
    await send(s, [0], gone(a));
    await send(s, [0], gone(a));
    await send(s, [2], accepted(a));
    const now = Date.now();
    await s.fuse.tick(now);
    await s.fuse.tick(now + 10_001);
    expect(await rejectedOf(s, [0, 1, 2])).toBe(1);
  });

  test('and accepts nothing any more has its endpoints asked again, not rejected', async () => {
    using s = setup(server);
    await send(s, [1], accepted(a));
    await send(s, [0], gone(a));
    await send(s, [2], accepted(b));
    const now = Date.now();
    await s.fuse.tick(now);
    await s.fuse.tick(now + 10_001);
    expect(await rejectedOf(s, [0])).toBe(0);
  });
});
