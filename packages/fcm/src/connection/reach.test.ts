import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { startConnectProxy } from '../../../../test/fakes/fcm/connect-proxy.ts';
import { startFakeFcm } from '../../../../test/fakes/fcm/server.ts';
import { reachAll } from './reach.ts';

async function setup() {
  const fcm = await startFakeFcm();
  onTestFinished(() => fcm.close());
  const secureContext = tls.createSecureContext({ ca: readFileSync(fcm.caFile ?? '') });
  return { fcm, url: new URL(fcm.url), through: { secureContext, timeoutMs: 10_000 } };
}

/** Takes connections and says nothing. */
async function startSilentServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: new URL(`https://127.0.0.1:${port}`),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test('each origin is reached once, and no request is sent', async () => {
  const { fcm, url, through } = await setup();
  expect(await reachAll([url, new URL('/token', url)], through)).toEqual([{ origin: url.origin }]);
  expect([fcm.received, fcm.tokenExchanges]).toEqual([[], 0]);
});

test('the way leads through the proxy, and its refusal is told', async () => {
  const { url, through } = await setup();
  await using open = await startConnectProxy();
  await using shut = await startConnectProxy({ refuseWith: 407 });
  expect(await reachAll([url], { ...through, proxy: open.url })).toEqual([{ origin: url.origin }]);
  expect(open.asked).toEqual([url.host]);
  expect(await reachAll([url], { ...through, proxy: shut.url })).toMatchObject([
    { problem: { cause: 'proxy_credentials', message: expect.stringContaining('(HTTP 407)') as string } },
  ]);
});

test('a certificate that is not trusted is told', async () => {
  const { url } = await setup();
  expect(await reachAll([url], { timeoutMs: 10_000 })).toMatchObject([
    { problem: { cause: 'tls_untrusted', cure: expect.stringContaining('`ca_file`') as string } },
  ]);
});

test('of several places, the one where nobody listens is told', async () => {
  const { url, through } = await setup();
  const gone = await startFakeFcm();
  await gone.close();
  expect(await reachAll([url, new URL(gone.url)], through)).toMatchObject([
    { origin: url.origin },
    {
      origin: gone.url,
      problem: { cause: 'refused', message: expect.stringContaining('(ECONNREFUSED)') as string },
    },
  ]);
});

test('a server that takes the connection and stays silent is not taken for one that speaks no TLS', async () => {
  const { through } = await setup();
  await using silent = await startSilentServer();
  expect(await reachAll([silent.url], { ...through, timeoutMs: 1_000 })).toMatchObject([
    {
      problem: {
        cause: 'timeout',
        message: expect.stringMatching(/^it takes the connection and then/) as string,
      },
    },
  ]);
});

test('a name that nobody knows is told, and whether it is that of the proxy', async () => {
  const { url, through } = await setup();
  const nowhere = new URL('https://fcm.invalid');
  expect(await reachAll([nowhere], through)).toMatchObject([{ problem: { cause: 'dns' } }]);
  const proxy = new URL('http://proxy.invalid:3128');
  expect(await reachAll([url], { ...through, proxy })).toMatchObject([{ problem: { cause: 'proxy_dns' } }]);
});
