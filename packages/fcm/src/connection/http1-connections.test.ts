import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startFakeFcm } from '../../../../test/fakes/fcm/server.ts';
import { makeDelivery } from '../../../../test/fakes/delivery.ts';
import { setupSender } from '../provider.testing.ts';
import type { Protocol } from '../../../../test/fakes/fcm/listener.ts';
import type { FakeFcmOptions } from '../../../../test/fakes/fcm/server.ts';
import type { SenderOptions } from '../provider.testing.ts';

function setup({ fake, ...options }: SenderOptions & { readonly fake?: FakeFcmOptions } = {}) {
  return setupSender((now) => startFakeFcm({ now, ...fake }), options);
}

test.each<[string, boolean, Protocol[], Protocol]>([
  ['HTTP/1.1 without TLS', true, ['http/1.1'], 'http/1.1'],
  ['HTTP/1.1 behind TLS', false, ['http/1.1'], 'http/1.1'],
  ['both without TLS', true, ['h2', 'http/1.1'], 'http/1.1'],
  ['HTTP/2 without TLS, by prior knowledge', true, ['h2'], 'h2'],
])('finds out that the peer speaks %s, and remembers', async (_name, plain, protocols, spoken) => {
  await using tokens = await startFakeFcm({ plain: true });
  await using s = await setup({ fake: { plain, protocols, tokenEndpoint: tokens.tokenEndpoint } });
  const burst = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      s.provider.send(makeDelivery({ device: { pushkey: `phone-${i}` } })),
    ),
  );
  expect(burst.every(({ kind }) => kind === 'delivered')).toBe(true);
  const { connections } = s.fcm.connections;
  for (let i = 0; i < 5; i += 1)
    expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
  expect(s.fcm.connections.connections).toBe(connections);
  expect(new Set(s.fcm.received.map(({ protocol }) => protocol))).toEqual(new Set([spoken]));
  expect(s.fcm.received.length).toBe(55);
});

test('over HTTP/1.1 answers, resets and silence mean the same', async () => {
  await using s = await setup({
    fake: { plain: true, protocols: ['http/1.1'] },
    timing: { sendTimeoutMs: 3_000 },
  });
  s.fcm.script('dead', { status: 404, errorCode: 'UNREGISTERED' });
  s.fcm.script('throttled', { status: 429, retryAfter: 60 });
  s.fcm.script('reset', { reset: true });
  s.fcm.script('hang', { hang: true });
  const reasons = ['dead', 'throttled', 'reset', 'hang'].map(
    async (name) => (await s.provider.send(makeDelivery({ device: { pushkey: name } }))).reason,
  );
  expect(await Promise.all(reasons)).toEqual([
    'UNREGISTERED',
    'RESOURCE_EXHAUSTED',
    'connection_reset',
    'timeout',
  ]);
});

test('a kept connection that the peer has closed costs nothing', async () => {
  await using s = await setup({ fake: { plain: true, protocols: ['http/1.1'] } });
  for (let i = 0; i < 3; i += 1) {
    expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
    s.fcm.dropConnections();
  }
  expect(s.fcm.accepted).toBe(3);
});

test('a crowd is sent over at most 128 connections', async () => {
  await using s = await setup({ fake: { plain: true, protocols: ['http/1.1'], latencyMs: 5 } });
  const outcomes = await Promise.all(Array.from({ length: 300 }, () => s.provider.send(makeDelivery())));
  expect(outcomes.every(({ kind }) => kind === 'delivered')).toBe(true);
  expect(s.observed.opened.length).toBeLessThanOrEqual(128);
});

test('a stand-in that has nothing but node:http is enough', async () => {
  await using tokens = await startFakeFcm({ plain: true });
  const bodies: string[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      bodies.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body.slice(0, 11)}`);
      response.end('{"name":"projects/p/messages/1"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using _server = {
    [Symbol.asyncDispose]: () => new Promise<void>((done) => void server.close(() => done())),
  };
  const { port } = server.address() as AddressInfo;
  await using s = await setup({
    fake: { tokenEndpoint: tokens.tokenEndpoint },
    settings: { endpoint: `http://127.0.0.1:${port}` },
  });
  expect(await s.provider.send(makeDelivery())).toEqual({
    kind: 'delivered',
    reason: 'ok',
    sent: true,
    providerId: 'projects/p/messages/1',
  });
  expect(bodies).toEqual(['POST /v1/projects/example-project/messages:send application/json {"message":']);
});

test('close lets what is in flight end', async () => {
  await using s = await setup({ fake: { plain: true, protocols: ['http/1.1'], latencyMs: 50 } });
  const sent = s.provider.send(makeDelivery());
  await s.fcm.nextRequest();
  await s.provider.close();
  expect(await sent).toMatchObject({ kind: 'delivered' });
  expect(await s.provider.send(makeDelivery())).toMatchObject({ reason: 'shutdown' });
});
