import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { startFakeProxy } from '../../../test/fakes/apns/proxy.ts';
import { startFakeApns } from '../../../test/fakes/apns/server.ts';
import { reach } from './reach.ts';

async function setup() {
  const apns = await startFakeApns();
  onTestFinished(() => apns[Symbol.asyncDispose]());
  const { hostname: host, port, origin } = new URL(apns.url);
  const secureContext = createSecureContext({ ca: readFileSync(apns.caFile) });
  return { apns, origin, destination: { host, port: Number(port), secureContext, proxy: undefined } };
}

test('an APNs that takes connections is reached, and no request is sent', async () => {
  const { apns, origin, destination } = await setup();
  expect(await reach(origin, destination, 10_000)).toEqual({ origin });
  expect(apns.counters).toMatchObject({ connectionsOpened: 1, requests: 0 });
});

test('the way leads through the proxy', async () => {
  const { origin, destination } = await setup();
  await using proxy = await startFakeProxy();
  expect(await reach(origin, { ...destination, proxy: proxy.url }, 10_000)).toEqual({ origin });
  expect(proxy.targets).toEqual([`${destination.host}:${destination.port}`]);
});

test('a proxy that wants other credentials is told with its cure', async () => {
  const { origin, destination } = await setup();
  await using proxy = await startFakeProxy({ credentials: 'user:password' });
  const url = new URL(proxy.url);
  url.password = 'wrong';
  expect(await reach(origin, { ...destination, proxy: url }, 10_000)).toMatchObject({
    origin,
    problem: { cure: 'Put the right user and password into `proxy`.' },
  });
});

test('a certificate that is not trusted is told', async () => {
  const { origin, destination } = await setup();
  const untrusting = { ...destination, secureContext: createSecureContext() };
  expect(await reach(origin, untrusting, 10_000)).toMatchObject({
    problem: { message: expect.stringContaining('TLS handshake failed') as string },
  });
});

test('a place where nobody listens is told', async () => {
  const { apns, origin, destination } = await setup();
  await apns[Symbol.asyncDispose]();
  expect(await reach(origin, destination, 10_000)).toMatchObject({
    problem: { message: expect.stringContaining('(ECONNREFUSED)') as string },
  });
});
