import type { Delivery, Outcome } from '@carillon/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../../../test/redis/private-redis.ts';
import {
  app,
  dead,
  delivered,
  delivery,
  finished,
  later,
  misconfigured,
  setup,
  suspect,
} from './delivery-handler.testing.ts';

let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis();
});
afterAll(() => server.stop());

test('in dry run everything is done but the send, whatever holds the app', async () => {
  using s = setup(server);
  using dry = s.dryRun();
  expect(await dry.handle(delivery())).toEqual(finished);
  expect(await dry.handle(delivery({ expiresAt: Date.now() - 1 }))).toEqual(finished);
  await dry.gate.park({ kind: 'misconfigured', reason: 'InvalidKey', cure: 'mend it' });
  expect(await dry.handle(delivery())).toEqual(finished);
  expect(dry.settled).toEqual(['dry_run', 'expired', 'dry_run']);
  expect(dry.sends).toEqual([]);
  expect(await dry.rejections.isRejected(delivery())).toBe(false);
});

// Invariant 6.
describe('an outcome becomes a queue action', () => {
  test('delivered is finished', async () => {
    using s = setup(server);
    expect(await s.handle(delivery())).toEqual(finished);
    expect(s.settled).toEqual(['delivered']);
  });

  test('dead is recorded as a rejection of that registration before it is finished', async () => {
    using s = setup(server);
    s.answerWith(dead);
    expect(await s.handle(delivery())).toEqual(finished);
    expect(await s.rejections.isRejected(delivery())).toBe(true);
    const newer = delivery({ device: { appId: app, pushkey: 'key', pushkeyTs: 101 } });
    expect(await s.rejections.isRejected(newer)).toBe(false);
  });

  test('the death of an older registration keeps a younger dead one rejected', async () => {
    using s = setup(server);
    const registeredAt = (pushkeyTs: number) =>
      delivery({ device: { appId: app, pushkey: 'key', pushkeyTs } });
    s.answerWith(dead);
    await s.handle(registeredAt(200));
    await s.handle(registeredAt(100));
    expect(await s.rejections.isRejected(registeredAt(200))).toBe(true);
  });

  // Invariant 5.
  test('a death before the registration rejects nothing', async () => {
    using s = setup(server);
    s.answerWith({ kind: 'dead', reason: 'Unregistered', sent: true, suspect: false, since: 99_999 });
    expect(await s.handle(delivery())).toEqual(finished);
    expect(await s.rejections.isRejected(delivery())).toBe(false);
  });

  test('refused is finished and rejects nothing', async () => {
    using s = setup(server);
    s.answerWith({ kind: 'refused', reason: 'PayloadTooLarge', sent: true });
    expect(await s.handle(delivery())).toEqual(finished);
    expect(await s.rejections.isRejected(delivery())).toBe(false);
  });

  test('later is delayed until the time that the provider named, and spends a try', async () => {
    using s = setup(server);
    const notBefore = Date.now() + 5_000;
    s.answerWith({ ...later, notBefore });
    expect(await s.handle(delivery())).toMatchObject({
      kind: 'delay',
      until: notBefore,
      delivery: { tries: 1 },
      why: later.reason,
    });
  });

  test('later spends no try where nothing reached the provider', async () => {
    using s = setup(server);
    s.answerWith({ ...later, spendsTry: false });
    expect(await s.handle(delivery())).toMatchObject({ kind: 'delay', delivery: { tries: 0 } });
  });

  test('an answer that ends in death is tried again until it has lasted so long, without another in between', async () => {
    using s = setup(server);
    const unheard: Outcome = { ...later, reason: 'no_subscriber', deadAfterMs: 60_000 };
    s.answerWith(unheard);
    const first = await s.handle(delivery());
    expect(first).toMatchObject({
      kind: 'delay',
      delivery: { unheardSince: expect.any(Number) as number, tries: 1 },
    });
    const sinceLong = delivery({ tries: 5, unheardSince: Date.now() - 59_000 });
    expect(await s.handle(sinceLong)).toMatchObject({
      delivery: { unheardSince: sinceLong.unheardSince },
    });
    s.answerWith(later);
    const other = await s.handle(sinceLong);
    expect(other).toMatchObject({ kind: 'delay' });
    expect(other).not.toHaveProperty('delivery.unheardSince');
    expect(await s.rejections.isRejected(delivery())).toBe(false);
    s.answerWith(unheard);
    expect(await s.handle({ ...sinceLong, unheardSince: Date.now() - 60_000 })).toEqual(finished);
    expect(await s.rejections.isRejected(delivery())).toBe(true);
  });

  test('later beyond the expiry is dropped and counted', async () => {
    using s = setup(server);
    s.answerWith({ ...later, notBefore: Date.now() + 7_200_000 });
    expect(await s.handle(delivery())).toEqual(finished);
    expect(s.settled).toEqual(['expired']);
  });
});

// Invariant 9.
test('an expired delivery is not sent', async () => {
  using s = setup(server);
  expect(await s.handle(delivery({ expiresAt: Date.now() - 1 }))).toEqual(finished);
  expect([s.sends.length, s.settled]).toEqual([0, ['expired']]);
});

test('a delivery whose pushkey died while it waited is not sent', async () => {
  using s = setup(server);
  await s.rejections.record(delivery(), undefined);
  expect(await s.handle(delivery({ acceptedAt: Date.now() - 10_000 }))).toEqual(finished);
  expect([s.sends.length, s.settled]).toEqual([0, ['rejected']]);
});

test('a request that waits hears each outcome, and whether the pushkey is rejected, which a mere suspect is not', async () => {
  using s = setup(server);
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

test('an older badge update comes after no newer one', async () => {
  using s = setup(server);
  const badge = (id: string, unread: number) =>
    delivery({ id, notification: { prio: 'high', counts: { unread } } });
  const admit = (one: Delivery) => s.desk.admit({ delivery: { ...one, unclaimed: true }, maxBacklog: 1_000 });
  const [older, newer] = [badge('older', 3), badge('newer', 0)];
  await admit(older);
  await s.beingSent(older);
  s.answerWith(later);
  const again = await s.handle(older);
  if (again.kind !== 'delay') throw new Error('it was to be tried again');
  await admit(newer);
  s.answerWith(delivered);
  expect(await s.handle(newer)).toEqual(finished);
  expect(await s.handle(again.delivery)).toEqual(finished);
  expect(s.settled).toEqual(['delivered', 'superseded']);
});
