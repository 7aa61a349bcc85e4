import type { Delivery, Outcome, Provider, ProviderContext } from '@carillon/core';
import { SettingError } from '@carillon/core';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { Decide } from '../../../test/fakes/apns/answer.ts';
import { recordingContext } from '../../../test/fakes/apns/context.ts';
import { deliveryOf, tokenOf } from '../../../test/fakes/apns/delivery.ts';
import { startFakeProxy } from '../../../test/fakes/apns/proxy.ts';
import { startFakeApns } from '../../../test/fakes/apns/server.ts';
import type { FakeApns, FakeApnsOptions } from '../../../test/fakes/apns/server.ts';
import { apnsShape } from './config.ts';
import { apnsModule, createApnsProvider } from './provider.ts';
import { usualTimes } from './connection/sender.ts';
import type { SenderTimes } from './connection/sender.ts';

interface SetupOptions extends FakeApnsOptions {
  readonly settings?: object | ((apns: FakeApns) => object);
  readonly context?: Partial<ProviderContext>;
  readonly times?: Partial<SenderTimes>;
}

async function setup({ settings = {}, context: changes = {}, times = {}, ...options }: SetupOptions = {}) {
  const apns = await startFakeApns(options);
  onTestFinished(() => apns[Symbol.asyncDispose]());
  const context = recordingContext(changes);
  const { keyfile, keyId, teamId } = apns.signingKey;
  const usual = {
    keyfile,
    key_id: keyId,
    team_id: teamId,
    topic: 'com.example.app',
    endpoint: apns.url,
    ca_file: apns.caFile,
  };
  const app = {
    name: 'ios',
    settings: z
      .object(apnsShape)
      .parse(typeof settings === 'function' ? settings(apns) : { ...usual, ...settings }),
  };
  const provider = createApnsProvider(app, context, { ...usualTimes, ...times });
  onTestFinished(() => provider.close());
  return { apns, context, provider, send: (number: number) => provider.send(deliveryOf(number)) };
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);
const sendAll = (provider: Provider, numbers: readonly number[]) =>
  Promise.all(numbers.map((number) => provider.send(deliveryOf(number))));
const kinds = (outcomes: readonly Outcome[]) =>
  new Set(outcomes.map(({ kind, reason }) => `${kind} ${reason}`));

/** Answers 200 to the first request on each connection, and to the others when `release` is called. */
function holding() {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const seen = new Set<number>();
  const answer: Decide = ({ connection }) => {
    if (seen.has(connection)) return promise;
    seen.add(connection);
    return undefined;
  };
  return { answer, release: () => resolve(undefined) };
}

test('delivers, and gives APNs’s name for the notification', async () => {
  const { apns, send, context } = await setup();
  const outcome = await send(1);
  const [request] = apns.received;
  expect(outcome).toEqual({
    kind: 'delivered',
    reason: 'ok',
    sent: true,
    providerId: request?.headers['apns-id'],
  });
  expect(request?.token).toBe(tokenOf(1));
  expect(request?.payload).toMatchObject({ aps: { badge: 2 }, event_id: '$event1' });
  expect(context.connections).toEqual({ opened: 1, closed: [] });
});

test('sends a delivery that is tried again with the same ids', async () => {
  const { apns, send } = await setup({
    answer: ({ attempt }) => (attempt === 1 ? { status: 503 } : undefined),
  });
  expect(await send(1)).toMatchObject({ kind: 'later' });
  expect(await send(1)).toMatchObject({ kind: 'delivered' });
  const ids = apns.requests.map(({ headers }) => `${headers['apns-id']} ${headers['apns-collapse-id']}`);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});

test('uses one connection for a crowd, whose first burst is not refused', async () => {
  const { apns, provider } = await setup({ latencyMs: 2 });
  expect(kinds(await sendAll(provider, range(1, 500)))).toEqual(new Set(['delivered ok']));
  expect(apns.received).toHaveLength(500);
  expect(apns.counters.connectionsOpened).toBe(1);
});

test('tells since when a pushkey is dead, in milliseconds', async () => {
  const since = 1_764_000_000_123;
  const { send } = await setup({ answer: () => ({ status: 410, reason: 'Unregistered', timestamp: since }) });
  expect(await send(1)).toEqual({ kind: 'dead', reason: 'Unregistered', sent: true, suspect: false, since });
});

test.each([
  ['429 TooManyRequests', { status: 429, reason: 'TooManyRequests' }],
  ['503 without a body', { status: 503, body: '' }],
  ['503 with a page', { status: 503, body: '<h1>Try later</h1>' }],
])('obeys Retry-After with %s, in seconds and as a date', async (_name, answer) => {
  const now = Date.parse('2026-11-21T10:00:00Z');
  const context = { now: () => now };
  for (const header of ['120', 'Sat, 21 Nov 2026 10:02:00 GMT']) {
    const { send } = await setup({
      context,
      now: () => now,
      answer: () => ({ ...answer, headers: { 'retry-after': header } }),
    });
    expect(await send(1)).toMatchObject({ kind: 'later', notBefore: now + 120_000 });
  }
  const { send } = await setup({ context, now: () => now, answer: () => answer });
  expect(await send(1)).not.toHaveProperty('notBefore');
});

test.each(['IdleTimeout', 'UnrelatedKeyIdInToken', 'Shutdown'])(
  'after %s sends again on a new connection',
  async (reason) => {
    const status = { IdleTimeout: 400, UnrelatedKeyIdInToken: 403, Shutdown: 503 }[reason] ?? 0;
    const { apns, context, provider } = await setup({
      answer: ({ connection }) => (connection === 1 ? { status, reason } : undefined),
    });
    expect(kinds(await sendAll(provider, range(1, 20)))).toEqual(new Set(['delivered ok']));
    expect(apns.counters.connectionsOpened).toBe(2);
    expect(await context.nextClosed()).toBe('error');
  },
);

test('signs one new provider token when APNs calls it too old, however many sends it hits, and no more', async () => {
  const tooOld = new Set<string>();
  const answer: Decide = ({ headers: { authorization = '' } }) => {
    if (tooOld.size === 0) tooOld.add(authorization);
    return tooOld.has(authorization) ? { status: 403, reason: 'ExpiredProviderToken' } : undefined;
  };
  const { apns, provider } = await setup({ answer });
  expect(kinds(await sendAll(provider, range(1, 50)))).toEqual(new Set(['delivered ok']));
  const tokens = apns.requests.map(({ headers }) => headers['authorization']);
  expect(new Set(tokens).size).toBe(2);
  // A second token within 20 minutes would have been one too many on the same connection.
  expect(apns.counters.connectionsOpened).toBe(2);
});

test('calls it a matter of the clock when APNs takes no token at all, and signs no crowd of them', async () => {
  const { apns, provider } = await setup({ now: () => Date.now() + 2 * 3_600_000 });
  expect(kinds(await sendAll(provider, range(1, 20)))).toEqual(
    new Set(['misconfigured ExpiredProviderToken']),
  );
  await sendAll(provider, range(21, 20));
  expect(new Set(apns.requests.map(({ headers }) => headers['authorization'])).size).toBe(2);
});

test('goes back to the older provider token when APNs saw too many', async () => {
  const spoilt = { first: '', second: '' };
  const answer: Decide = ({ headers: { authorization = '' } }) => {
    if (spoilt.first === '') spoilt.first = authorization;
    else if (authorization !== spoilt.first) spoilt.second = authorization;
    if (spoilt.second === '') return { status: 403, reason: 'ExpiredProviderToken' };
    return authorization === spoilt.second
      ? { status: 429, reason: 'TooManyProviderTokenUpdates' }
      : undefined;
  };
  const { apns, send } = await setup({ answer });
  expect(await send(1)).toMatchObject({
    kind: 'later',
    reason: 'TooManyProviderTokenUpdates',
    sent: true,
    scope: 'provider',
  });
  // The second try of the next one goes out with the first token again.
  expect(await send(2)).toMatchObject({ kind: 'delivered' });
  expect(apns.received[0]?.headers['authorization']).toBe(spoilt.first);
});

test('loses nothing and sends nothing twice when APNs says GOAWAY in the middle of a crowd', async () => {
  const { answer, release } = holding();
  const { apns, provider, context } = await setup({ answer });
  await sendAll(provider, [0]);
  const sends = sendAll(provider, range(1, 100));
  for (let count = 0; count < 101; count += 1) await apns.nextRequest();
  apns.goaway({ unprocessed: 40 });
  // Those 40 go out again on a new connection while the other 60 still wait for their answers.
  for (let count = 0; count < 40; count += 1) expect((await apns.nextRequest()).connection).toBe(2);
  release();
  expect(kinds(await sends)).toEqual(new Set(['delivered ok']));
  expect(apns.received).toHaveLength(101);
  expect(new Set(apns.received.map(({ token }) => token)).size).toBe(101);
  expect(await context.nextClosed()).toBe('goaway');
});

test('tells what a GOAWAY says about our set-up', async () => {
  const { answer } = holding();
  const { apns, send } = await setup({ answer });
  await send(1);
  const cutShort = send(2);
  await apns.nextRequest();
  await apns.nextRequest();
  apns.goaway({ code: 1, reason: 'BadCertificateEnvironment' });
  expect(await cutShort).toMatchObject({
    kind: 'misconfigured',
    reason: 'BadCertificateEnvironment',
    sent: true,
  });
});

test('works again after every way in which a connection ends', async () => {
  const { apns, send, context } = await setup({ times: { requestTimeoutMs: 3_000 } });
  await send(1);
  for (const end of [() => apns.goaway(), () => apns.disconnect(), () => apns.goaway({ code: 11 })]) {
    end();
    await context.nextClosed();
    expect(await send(2)).toMatchObject({ kind: 'delivered' });
  }
  apns.freeze();
  expect(await send(3)).toMatchObject({ kind: 'later', reason: 'timeout', sent: true, spendsTry: true });
  apns.thaw();
  expect(await send(3)).toMatchObject({ kind: 'delivered' });
  expect(context.connections.opened).toBe(5);
  expect(context.connections.closed).toEqual(['goaway', 'idle', 'goaway', 'timeout']);
});

test('sends at once again what was refused unprocessed, once', async () => {
  const refuseFirst: Decide = ({ attempt }) => (attempt === 1 ? { reset: 7 } : undefined);
  const { send } = await setup({ answer: refuseFirst });
  expect(await send(1)).toMatchObject({ kind: 'delivered' });
  const always = await setup({ answer: () => ({ reset: 7 }) });
  expect(await always.send(1)).toMatchObject({
    kind: 'later',
    reason: 'refused_stream',
    sent: true,
    spendsTry: false,
  });
  expect(always.apns.requests).toHaveLength(2);
});

test('does not send again by itself what may have been delivered', async () => {
  const { apns, send } = await setup({ answer: () => ({ disconnect: true }) });
  expect(await send(1)).toMatchObject({
    kind: 'later',
    reason: 'connection_lost',
    sent: true,
    backoff: 'connection',
    spendsTry: true,
  });
  expect(apns.requests).toHaveLength(1);
});

test('gives up waiting for a free stream in time', async () => {
  const { send } = await setup({
    streamLimit: 1,
    answer: () => ({ hang: true }),
    times: { sendTimeoutMs: 200, requestTimeoutMs: 150 },
  });
  const outcomes = await Promise.all(range(1, 5).map(send));
  expect(outcomes.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'later'));
});

test('says that nobody answers when nobody does, at once for all who wait', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.close();
  await once(server, 'close');
  const { provider, context } = await setup({ settings: { endpoint } });
  expect(kinds(await sendAll(provider, range(1, 50)))).toEqual(new Set(['later connect_failed']));
  expect(context.connections).toEqual({ opened: 0, closed: [] });
  expect(context.logs.filter(({ message }) => message === 'APNs: no connection')).toHaveLength(1);
});

test('goes through a proxy, and works as soon as one that failed is back', async () => {
  const credentials = 'otto:bell';
  const first = await startFakeProxy({ credentials });
  onTestFinished(() => first[Symbol.asyncDispose]());
  const { apns, send } = await setup({ context: { proxy: first.url } });
  expect(await send(1)).toMatchObject({ kind: 'delivered' });
  expect(first.targets).toEqual([new URL(apns.url).host]);
  await first.stop();
  expect(kinds([await send(2)])).toSatisfy(([kind]: Set<string>) =>
    /^later (connection_lost|proxy_failed|never_sent)$/.test(String(kind)),
  );
  expect(await send(2)).toMatchObject({
    kind: 'later',
    reason: 'proxy_failed',
    sent: false,
    spendsTry: false,
  });
  const second = await startFakeProxy({ credentials, port: first.port });
  onTestFinished(() => second[Symbol.asyncDispose]());
  expect(await send(2)).toMatchObject({ kind: 'delivered' });
});

test('names a proxy password that is wrong', async () => {
  const proxy = await startFakeProxy({ credentials: 'otto:bell' });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const { send, context } = await setup({
    context: { proxy: new URL(`http://otto:wrong@127.0.0.1:${proxy.port}`) },
  });
  expect(await send(1)).toMatchObject({ kind: 'misconfigured', reason: 'proxy_credentials', sent: false });
  expect(JSON.stringify(context.logs)).not.toContain('wrong');
});

test('shows a client certificate, whose topic it takes', async () => {
  const { apns, send } = await setup({
    settings: (fake: FakeApns) => ({
      certfile: fake.issueClientCertificate(),
      endpoint: fake.url,
      ca_file: fake.caFile,
    }),
  });
  expect(await send(1)).toMatchObject({ kind: 'delivered' });
  expect(apns.received[0]?.headers).toMatchObject({ 'apns-topic': 'com.example.app' });
  expect(apns.received[0]?.headers['authorization']).toBeUndefined();
});

test('never sends a pushkey that cannot be a token, and suspects it', async () => {
  const { apns, provider } = await setup();
  const delivery = deliveryOf(1, { device: { pushkey: 'ding dong, no key!' } });
  expect(await provider.send(delivery)).toEqual({
    kind: 'dead',
    reason: 'pushkey_malformed',
    sent: false,
    suspect: true,
    cure: expect.stringContaining('convert_device_token_to_hex') as unknown,
  });
  expect(apns.requests).toEqual([]);
});

test('lets what is in flight end when it is closed, and takes nothing more', async () => {
  const { answer, release } = holding();
  const { apns, provider, context, send } = await setup({ answer });
  await send(1);
  const inFlight = sendAll(provider, range(2, 10));
  for (let count = 0; count < 11; count += 1) await apns.nextRequest();
  const closed = Promise.all([provider.close(), provider.close()]);
  expect(await send(99)).toEqual({
    kind: 'later',
    reason: 'shutdown',
    sent: false,
    backoff: 'connection',
    scope: 'device',
    spendsTry: false,
  });
  release();
  expect(kinds(await inFlight)).toEqual(new Set(['delivered ok']));
  await closed;
  expect(context.connections).toEqual({ opened: 1, closed: ['shutdown'] });
  expect(apns.requests).toHaveLength(11);
  // A worker closes it when it stops, and when the credentials of the app are swapped.
  const left = context.logs.find(({ message }) => message === 'APNs: leaving a connection');
  expect(left?.fields).toMatchObject({ detail: 'the process stops, or its app has new settings' });
});

test('makes an outcome of an error of its own, and tells no secret of it', async () => {
  const { provider, context } = await setup();
  const broken = { ...deliveryOf(1), notification: null } as unknown as Delivery;
  expect(await provider.send(broken)).toMatchObject({
    kind: 'later',
    reason: 'bug',
    sent: false,
    spendsTry: true,
  });
  expect(context.logs.map(({ level }) => level)).toContain('error');
});

test('logs the first answer of a kind and then how many there were, and no secrets', async () => {
  let now = Date.now();
  const { provider, context, apns } = await setup({
    context: { now: () => now },
    answer: () => ({ status: 400, reason: 'BadDeviceToken' }),
  });
  await sendAll(provider, range(1, 50));
  now += 31_000;
  await sendAll(provider, [51]);
  const lines = context.logs.filter(({ fields }) => fields['reason'] === 'BadDeviceToken');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({ level: 'info', fields: { app: 'ios', outcome: 'dead', status: 400 } });
  expect(lines[1]).toMatchObject({ fields: { unlogged: 49 } });
  const text = JSON.stringify(context.logs);
  const { device, notification } = deliveryOf(1);
  const authorization = apns.requests[0]?.headers['authorization'] ?? 'none';
  for (const secret of [
    device.pushkey,
    tokenOf(1),
    'The clapper',
    String(notification.eventId),
    authorization,
  ])
    expect(text).not.toContain(secret);
});

test('says where it sends, and tells Apple nothing of the trace', async () => {
  const { apns, provider } = await setup();
  const traceContext = '{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}';
  const delivery = deliveryOf(1, { delivery: { traceContext } });
  expect(provider.server?.(delivery)).toBe(new URL(apns.url).hostname);
  await provider.send(delivery);
  expect(apns.received).toHaveLength(1);
  expect(JSON.stringify(apns.received)).not.toMatch(/traceparent|0af7651916cd43dd/);
});

test('refuses unfit credentials when it is made, with the key to blame', () => {
  const settings = z.object(apnsShape).parse({
    keyfile: '/nowhere/AuthKey.p8',
    key_id: 'ABC123DEFG',
    team_id: 'DEF123GHIJ',
    topic: 'com.example.app',
  });
  const create = () => apnsModule.create({ name: 'ios', settings }, recordingContext());
  expect(create).toThrow(SettingError);
  expect(create).toThrow(/AuthKey\.p8 does not exist/);
});
