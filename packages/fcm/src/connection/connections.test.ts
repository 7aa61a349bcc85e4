import { expect, test } from 'vitest';
import { startRelay } from '../../../../test/fakes/fcm/relay.ts';
import { startFakeFcm } from '../../../../test/fakes/fcm/server.ts';
import { makeDelivery } from '../../../../test/fakes/delivery.ts';
import { setupSender } from '../provider.testing.ts';
import type { Outcome, Provider } from '@carillon/core';
import type { FakeFcmOptions } from '../../../../test/fakes/fcm/server.ts';
import type { SenderOptions } from '../provider.testing.ts';

function setup({ fake, ...options }: SenderOptions & { readonly fake?: FakeFcmOptions } = {}) {
  return setupSender((now) => startFakeFcm({ now, ...fake }), options);
}

function sendAll(
  { provider }: { readonly provider: Provider },
  count: number,
  name = 'phone',
): Promise<Outcome[]> {
  return Promise.all(
    Array.from({ length: count }, (_, i) =>
      provider.send(makeDelivery({ device: { pushkey: `${name}-${i}` } })),
    ),
  );
}

function kinds(outcomes: readonly Outcome[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { reason } of outcomes) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

const later = { kind: 'later', scope: 'provider' };

test('one connection serves one send after the other', async () => {
  await using s = await setup();
  for (let i = 0; i < 5; i += 1)
    expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
  expect(s.observed.opened).toEqual(['app']);
  expect(s.fcm.received.every(({ protocol }) => protocol === 'h2')).toBe(true);
  expect(s.fcm.tokenExchanges).toBe(1);
});

test('a burst opens connections as it needs them, of at most 90 streams each, and one token does for all', async () => {
  await using s = await setup({ fake: { latencyMs: 20 } });
  expect(kinds(await sendAll(s, 500))).toEqual({ ok: 500 });
  expect(s.fcm.connections.mostStreams).toBe(90);
  expect(s.observed.opened.length).toBe(6);
  expect(s.fcm.tokenExchanges).toBe(1);
});

test('no more than ten connections are opened, and what has to wait is sent when there is room', async () => {
  await using s = await setup({ fake: { latencyMs: 5, maxConcurrentStreams: 4 } });
  expect(kinds(await sendAll(s, 200))).toEqual({ ok: 200 });
  expect(s.fcm.connections.mostStreams).toBe(3); // nine tenths of the peer's limit
  expect(s.observed.opened.length).toBe(10);
});

test('after a GOAWAY what is in flight ends, what was not looked at is sent again at once', async () => {
  await using s = await setup({ fake: { latencyMs: 30 } });
  await s.provider.send(makeDelivery({ device: { pushkey: 'first' } }));
  const sends = sendAll(s, 50);
  await s.fcm.nextRequest(({ token }) => token === 'phone-49');
  s.fcm.goaway({ processed: 20 });
  expect(kinds(await sends)).toEqual({ ok: 50 });
  expect(s.fcm.received.length).toBe(1 + 50 + 30); // the thirty came twice, and were answered once
  expect(await s.observed.nextClosed()).toBe('goaway');
  expect(s.observed.opened.length).toBe(2);
});

test('a GOAWAY for an error cuts what is in flight, and what was not looked at is sent again', async () => {
  await using s = await setup({ fake: { latencyMs: 30 } });
  await s.provider.send(makeDelivery({ device: { pushkey: 'first' } }));
  const sends = sendAll(s, 50);
  await s.fcm.nextRequest(({ token }) => token === 'phone-49');
  s.fcm.goaway({ code: 11, processed: 20 }); // ENHANCE_YOUR_CALM
  const outcomes = await sends;
  expect(kinds(outcomes)).toEqual({ ok: 30, connection_reset: 20 });
  expect(outcomes.find(({ reason }) => reason === 'connection_reset')).toEqual({
    ...later,
    reason: 'connection_reset',
    sent: true,
    backoff: 'connection',
    spendsTry: true,
  });
});

test('a refused stream is sent again at once, and not for ever', async () => {
  await using s = await setup();
  s.fcm.script('once', { refuse: true, times: 1 });
  s.fcm.script('always', { refuse: true });
  expect(await s.provider.send(makeDelivery({ device: { pushkey: 'once' } }))).toMatchObject({
    kind: 'delivered',
  });
  expect(await s.provider.send(makeDelivery({ device: { pushkey: 'always' } }))).toMatchObject({
    reason: 'no_connection',
    spendsTry: false,
  });
  expect(s.fcm.received.filter(({ token }) => token === 'always').length).toBe(4);
});

test('a reset stream is tried later, and costs the others nothing', async () => {
  await using s = await setup({ fake: { latencyMs: 10 } });
  s.fcm.script('phone-3', { reset: true });
  expect(kinds(await sendAll(s, 10))).toEqual({ ok: 9, connection_reset: 1 });
  expect(s.observed.opened.length).toBe(1);
});

test('a connection that dies takes only what was in flight on it, and is replaced', async () => {
  await using s = await setup({
    fake: { answer: ({ token }) => (token.startsWith('hang') ? { hang: true } : undefined) },
  });
  await s.provider.send(makeDelivery());
  const sends = sendAll(s, 20, 'hang');
  await s.fcm.nextRequest(({ token }) => token === 'hang-19');
  s.fcm.dropConnections();
  expect(kinds(await sends)).toEqual({ connection_reset: 20 });
  expect(await s.observed.nextClosed()).toBe('error');
  expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
});

test('no connection: told at once, at no cost of a try, and over when FCM is back', async () => {
  await using s = await setup();
  await s.provider.send(makeDelivery());
  await s.fcm.close();
  await s.observed.nextClosed();
  expect(await sendAll(s, 20).then(kinds)).toEqual({ connect_failed: 20 });
  expect(await s.provider.send(makeDelivery())).toEqual({
    ...later,
    reason: 'connect_failed',
    sent: false,
    backoff: 'connection',
    spendsTry: false,
  });
  const back = await startFakeFcm({
    port: Number(new URL(s.fcm.url).port),
    tokenEndpoint: s.fcm.tokenEndpoint,
  });
  await using _ = back;
  expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
});

test('a certificate that nobody vouches for', async () => {
  await using tokens = await startFakeFcm({ plain: true });
  await using s = await setup({
    fake: { tokenEndpoint: tokens.tokenEndpoint },
    settings: { ca_file: undefined },
  });
  expect(await s.provider.send(makeDelivery())).toMatchObject({
    ...later,
    reason: 'tls_failed',
    spendsTry: false,
  });
  expect(s.logged[0]).toMatchObject({
    fields: { reason: 'tls_failed', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  });
});

test('a request that is never answered is given up, and the silent connection replaced', async () => {
  await using s = await setup({ timing: { sendTimeoutMs: 2_000 } });
  s.fcm.script('hang', { hang: true });
  expect(await s.provider.send(makeDelivery({ device: { pushkey: 'hang' } }))).toEqual({
    ...later,
    reason: 'timeout',
    sent: true,
    backoff: 'outage',
    spendsTry: true,
  });
  expect(await s.observed.nextClosed()).toBe('timeout');
  expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
  expect(s.observed.opened.length).toBe(2);
});

test('a request that hangs while others are answered costs no connection', async () => {
  await using s = await setup({ timing: { sendTimeoutMs: 3_000 } });
  await s.provider.send(makeDelivery());
  s.fcm.script('hang', { hang: true });
  const hanging = s.provider.send(makeDelivery({ device: { pushkey: 'hang' } }));
  await s.fcm.nextRequest(({ token }) => token === 'hang');
  await s.provider.send(makeDelivery());
  expect(await hanging).toMatchObject({ reason: 'timeout' });
  await s.provider.send(makeDelivery());
  expect(s.observed.opened.length).toBe(1);
});

test('a frozen peer is replaced, by idle pings as well as by sends that time out', async () => {
  await using tokens = await startFakeFcm({ plain: true });
  await using fcm = await startFakeFcm({ tokenEndpoint: tokens.tokenEndpoint });
  await using relay = await startRelay(Number(new URL(fcm.url).port));
  await using s = await setup({
    fake: { tokenEndpoint: tokens.tokenEndpoint },
    settings: { endpoint: `https://127.0.0.1:${relay.port}` },
    timing: { sendTimeoutMs: 3_000, sweepMs: 20, pingAfterIdleMs: 20, pingTimeoutMs: 2_000 },
  });
  await s.provider.send(makeDelivery());
  relay.freeze();
  expect(await s.observed.nextClosed()).toBe('timeout'); // nobody sent anything: the ping found out
  relay.thaw();
  expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
  relay.freeze();
  expect(kinds(await sendAll(s, 5))).toEqual({ timeout: 5 });
  relay.thaw();
  expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
  expect(fcm.accepted).toBe(3);
});

test('all connections but one are let go when they are idle', async () => {
  await using s = await setup({
    fake: { latencyMs: 10 },
    timing: { sweepMs: 20, pingAfterIdleMs: 50 },
  });
  expect(kinds(await sendAll(s, 200))).toEqual({ ok: 200 });
  expect(s.observed.opened.length).toBe(3);
  for (let i = 0; i < 2; i += 1) expect(await s.observed.nextClosed()).toBe('idle');
  expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
  expect(s.observed.opened.length).toBe(3);
});

test('close lets what is in flight end and takes nothing more', async () => {
  await using s = await setup({ fake: { latencyMs: 50 } });
  await s.provider.send(makeDelivery());
  const sends = sendAll(s, 100); // ten of them wait for a connection
  await s.fcm.nextRequest(({ token }) => token === 'phone-0');
  const closed = s.provider.close();
  const after = s.provider.send(makeDelivery({ device: { pushkey: 'after' } }));
  expect(kinds(await sends)).toMatchObject({ ok: expect.any(Number) as number });
  expect((await sends).every(({ reason }) => reason === 'ok' || reason === 'shutdown')).toBe(true);
  expect(await after).toEqual({
    kind: 'later',
    reason: 'shutdown',
    sent: false,
    backoff: 'connection',
    scope: 'device',
    spendsTry: false,
  });
  await closed;
  await s.provider.close();
  expect(s.observed.closed.length).toBe(s.observed.opened.length);
  expect(new Set(s.observed.closed)).toEqual(new Set(['shutdown']));
});
