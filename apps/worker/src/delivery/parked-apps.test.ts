import type { Outcome } from '@carillon/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../test/redis/private-redis.ts';
import {
  app,
  delivered,
  delivery,
  finished,
  later,
  misconfigured,
  outage,
  phone,
  phones,
  setup,
  suspect,
  type Setup,
} from './delivery-handler.testing.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

describe('trouble of the provider', () => {
  let probes = 0; // each asks about another phone
  /** Twenty sends that are answered so; the first nineteen are too few to judge by. */
  async function trip(s: Setup, outcome: Outcome = later) {
    await s.fuse.tick(Date.now()); // the app knows nobody yet
    s.answerWith(outcome);
    for (let n = 0; n < 20; n++) expect(await s.handle(delivery())).toMatchObject({ kind: 'delay' });
  }
  async function probe(s: Setup, outcome: Outcome) {
    s.answerWith(outcome);
    await s.lookWithProbes();
    return s.handle(delivery({ device: phone(probes++) }));
  }

  test('holds the queues of the app: what fails is delayed by itself, and what waits is not sent', async () => {
    using s = setup(server);
    await trip(s);
    expect(await s.parking.read(app)).toMatchObject({ kind: 'outage', reason: 'ServiceUnavailable' });
    expect(s.gate.room(0)).toBe(0);
    expect(await s.handle(delivery())).toEqual({ kind: 'return' });
    expect(s.sends).toHaveLength(20);
  });

  test('tells the cure that the answer has; where it has none, to look at the provider and at the way to it', async () => {
    using s = setup(server);
    await trip(s, { ...later, reason: 'project_quota', cure: 'Have the quota raised.' });
    expect(await s.parking.read(app)).toMatchObject({ cure: 'Have the quota raised.' });
    using other = setup(server);
    await trip(other);
    expect(await other.parking.read(app)).toMatchObject({
      cure: expect.stringMatching(/status page.*carillon check/) as string,
    });
  });

  test('holds nothing when it is one device that has to wait, or when half of the sends are taken', async () => {
    using s = setup(server);
    await trip(s, { ...later, scope: 'device' });
    expect(await s.parking.read(app)).toBeUndefined();
    for (let n = 0; n < 60; n++) {
      s.answerWith(n % 3 === 0 ? later : delivered);
      await s.handle(delivery());
    }
    expect(await s.parking.read(app)).toBeUndefined();
  });

  test('is over when three probes in a row get through; sends begin slowly', async () => {
    using s = setup(server);
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
    using s = setup(server);
    const notBefore = Date.now() + 120_000;
    await trip(s, { ...later, notBefore });
    expect(await s.parking.read(app)).toMatchObject({ probeAt: notBefore });
    expect(await s.parking.mayProbe(app)).toBe(false);
    expect(await probe(s, { ...later, notBefore: notBefore + 60_000 })).toMatchObject({ kind: 'delay' });
    expect(await s.parking.read(app)).toMatchObject({ probeAt: notBefore + 60_000 });
  });

  test('gives way to a mistake of ours that a probe brings to light', async () => {
    using s = setup(server);
    await trip(s);
    expect(await probe(s, misconfigured)).toMatchObject({ kind: 'delay' });
    expect(await s.parking.read(app)).toMatchObject({
      kind: 'misconfigured',
      reason: 'InvalidProviderToken',
    });
  });

  test('makes no suspect of a pushkey less suspect', async () => {
    using s = setup(server);
    await trip(s);
    expect(await probe(s, suspect)).toMatchObject({ kind: 'delay', delivery: { tries: 1 } });
    expect(await s.fuse.tick(Date.now())).toBeUndefined();
  });
});

describe('a misconfigured app', () => {
  // Invariant 15.
  test('is parked: what was answered stands aside, the others go back unsent, and no pushkey is rejected', async () => {
    using s = setup(server);
    s.answerWith(misconfigured);
    expect(await s.handle(delivery())).toMatchObject({ kind: 'delay' });
    expect(await s.handle(delivery())).toEqual({ kind: 'return' });
    expect(s.sends).toHaveLength(1);
    expect(await s.parking.read(app)).toMatchObject({ reason: 'InvalidProviderToken', cure: 'mend the key' });
  });

  test.each([
    ['one push service', { origin: 'https://push.example.com' }],
    ['its second transport', { aside: true }],
  ] as const)('is not parked for the trouble of %s: that delivery is tried again', async (_of, says) => {
    using s = setup(server);
    s.answerWith({ ...misconfigured, ...says });
    expect(await s.handle(delivery())).toMatchObject({ kind: 'delay', delivery: { tries: 1 } });
    expect(await s.parking.read(app)).toBeUndefined();
    s.answerWith(delivered);
    expect(await s.handle(delivery())).toEqual(finished);
  });

  test('lets one round of probes through among all workers, and resumes when one is taken', async () => {
    using s = setup(server);
    s.answerWith(misconfigured);
    await s.handle(delivery());
    await s.lookWithProbes();
    expect([s.gate.room(0), await s.parking.mayProbe(app)]).toEqual([4, false]);
    s.answerWith(delivered);
    expect(await s.handle(delivery())).toEqual(finished);
    expect(await s.parking.read(app)).toBeUndefined();
    expect(await s.handle(delivery())).toEqual(finished);
  });

  // Invariant 2.
  test('sends no probe again that got through while another one opened the app', async () => {
    using s = setup(server);
    s.answerWith(misconfigured);
    await s.handle(delivery());
    await s.lookWithProbes();
    s.answerWith(delivered);
    s.asNextProbePasses(async () => {
      expect(await s.handle(delivery({ device: phone(2) }))).toEqual(finished);
    });
    expect(await s.handle(delivery({ device: phone(1) }))).toEqual(finished);
    expect(s.settled).toEqual(['delivered', 'delivered']);
    expect(await s.parking.read(app)).toBeUndefined();
  });

  // Invariant 2.
  test('sends no probe again that got through as Redis went away', async () => {
    using s = setup(server);
    s.answerWith(misconfigured);
    await s.handle(delivery());
    await s.lookWithProbes();
    s.answerWith(() => {
      s[Symbol.dispose]();
      return delivered;
    });
    expect(await s.handle(delivery({ device: phone(1) }))).toEqual(finished);
  });

  const unsent = { sent: false, kind: 'later', scope: 'device', backoff: 'connection' } as const;
  test.each<Outcome>([
    { kind: 'refused', reason: 'nothing_to_send', sent: false },
    { ...unsent, reason: 'shutdown', spendsTry: false },
    { ...unsent, reason: 'bug', spendsTry: true },
  ])('takes a probe that never left this process for no proof: $reason', async (outcome) => {
    using s = setup(server);
    let probes = 0;
    const { reason, cure } = misconfigured;
    for (const cause of [{ kind: 'misconfigured', reason, cure } as const, outage]) {
      await s.gate.park(cause);
      await s.lookWithProbes();
      s.answerWith(outcome);
      await s.handle(delivery({ device: phone(probes++) }));
      expect(await s.parking.read(app)).toMatchObject({ reason: cause.reason, probes: 0, passes: 0 });
      expect(await s.parking.mayProbe(app)).toBe(true);
      await s.parking.resume(app);
      await s.gate.look();
    }
  });

  test('takes a probe that finds no way to the provider for a failed one', async () => {
    using s = setup(server);
    await s.fuse.tick(Date.now()); // the app knows nobody yet
    await s.gate.park(outage);
    await s.lookWithProbes();
    s.answerWith({ ...later, reason: 'connect_failed', sent: false });
    expect(await s.handle(delivery())).toMatchObject({ kind: 'delay' });
    expect(await s.parking.read(app)).toMatchObject({ kind: 'outage', probes: 1, passes: 0 });
    expect(await s.parking.mayProbe(app)).toBe(false);
  });

  // Invariant 15.
  test('is not delayed by a malformed pushkey at the head of its queue', async () => {
    using s = setup(server);
    s.answerWith(misconfigured);
    await s.handle(delivery());
    await s.lookWithProbes();
    s.answerWith({ kind: 'dead', reason: 'pushkey_malformed', sent: false, suspect: true });
    expect(await s.handle(delivery({ device: phone(0) }))).toMatchObject({ kind: 'delay' });
    expect(await s.parking.read(app)).toMatchObject({ probes: 0 });
    await s.gate.look();
    s.answerWith(delivered);
    expect(await s.handle(delivery({ device: phone(1) }))).toEqual(finished);
    expect(await s.parking.read(app)).toBeUndefined();
  });

  test('stays parked while its probes fail, and probes less often, whichever of a round fails', async () => {
    using s = setup(server);
    s.answerWith(misconfigured);
    await s.handle(delivery());
    await s.lookWithProbes();
    const round = [0, 1, 2].map((n) => s.handle(delivery({ device: phone(n) })));
    expect(await Promise.all(round)).toMatchObject([{ kind: 'delay' }, { kind: 'delay' }, { kind: 'delay' }]);
    expect(await s.parking.read(app)).toMatchObject({ probes: 1 });
    expect(await s.parking.mayProbe(app)).toBe(false);
    expect(await s.handle(delivery({ device: phone(3) }))).toEqual({ kind: 'return' });
  });

  test('is probed by each registration once, not again and again by the one at the front', async () => {
    using s = setup(server);
    s.answerWith(misconfigured);
    await s.handle(delivery());
    await s.lookWithProbes();
    await s.handle(delivery({ device: phone(0) }));
    await s.lookWithProbes();
    expect(await s.handle(delivery({ device: phone(0) }))).toMatchObject({ kind: 'delay' });
    expect(s.sends).toHaveLength(2);
    await s.handle(delivery({ device: phone(1) }));
    expect(s.sends.at(-1)?.device).toEqual(phone(1));
  });

  // Invariant 14.
  test('asks registrations that are not known when no known one has come for a probe, and not after one failed', async () => {
    using s = setup(server);
    await s.know([0, 1]);
    s.answerWith(misconfigured);
    await s.handle(delivery({ device: phone(0) }));
    await s.lookWithProbes();
    expect([s.gate.room(0), s.gate.room(0, true)]).toEqual([4, 0]);
    await s.gate.look();
    expect([s.gate.room(0), s.gate.room(0, true)]).toEqual([4, 4]);
    s.answerWith({ ...misconfigured, speaksFor: 'registration' });
    await s.handle(delivery({ device: phone(100) }));
    expect([s.gate.room(0), s.gate.room(0, true)]).toEqual([4, 0]);
  });

  test('is judged by probes of known phones: those of strangers that fail delay them by nothing', async () => {
    using s = setup(server);
    await s.know([0, 1]);
    s.answerWith(misconfigured);
    await s.handle(delivery({ device: phone(0) }));
    s.answerWith({ ...misconfigured, speaksFor: 'registration' });
    await s.lookWithProbes();
    expect(await s.handle(delivery({ device: phone(100) }))).toMatchObject({ kind: 'delay' });
    expect(await s.parking.read(app)).toMatchObject({ probes: 0 });
    await s.gate.look();
    // Other strangers stand aside for a while, however many are at the front.
    for (const n of phones(200, 300)) await s.handle(delivery({ device: phone(n) }));
    expect(s.sends.filter(({ device }) => device.pushkey.startsWith('key2'))).toEqual([]);
    expect(s.gate.room(0)).toBe(64);
    s.answerWith(delivered);
    expect(await s.handle(delivery({ device: phone(1) }))).toEqual(finished);
    expect(await s.parking.read(app)).toBeUndefined();
  });
});

// Invariant 15.
describe('an answer that one registration alone may bring', () => {
  const ofOne: Outcome = { ...misconfigured, speaksFor: 'registration' };
  const isParkedAfter = async (s: Setup, asked: readonly number[]) => {
    s.answerWith(ofOne);
    for (const n of asked)
      expect(await s.handle(delivery({ device: phone(n) }))).toMatchObject({ kind: 'delay' });
    const cause = await s.fuse.tick(Date.now());
    if (cause !== undefined) expect(cause).toMatchObject({ kind: 'misconfigured', cure: 'mend the key' });
    return cause !== undefined;
  };

  test('delays that delivery alone, however many strangers are answered so and however often', async () => {
    using s = setup(server);
    await s.know([0]);
    expect(await isParkedAfter(s, phones(100, 200))).toBe(false);
    expect(await isParkedAfter(s, [0, 0, 0, 0])).toBe(false);
    expect(s.gate.parkedFor()).toBeUndefined();
  });

  test('parks the app when three known phones had it, with nothing accepted since the first', async () => {
    using s = setup(server);
    await s.know(phones(0, 10));
    expect(await isParkedAfter(s, [0, 1])).toBe(false);
    await s.know([3]);
    expect(await isParkedAfter(s, [2])).toBe(false);
    expect(await isParkedAfter(s, [1, 4])).toBe(true);
  });

  test('parks an app that knows nobody yet when three phones had it', async () => {
    using s = setup(server);
    expect(await isParkedAfter(s, [0, 1])).toBe(false);
    expect(await isParkedAfter(s, [2])).toBe(true);
  });
});
