import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createSecureContext, createServer } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { startFakeProxy } from '../../../../test/fakes/apns/proxy.ts';
import { startFakeApns } from '../../../../test/fakes/apns/server.ts';
import { createCertificateAuthority } from '../../../../test/fakes/certificates.ts';
import type { Address } from './address.ts';
import { dialTls } from './dial.ts';
import type { DialOptions, TlsOptions } from './dial.ts';
import { reach as reachBy } from './reach.ts';

function reach(origin: string, to: Address & TlsOptions & Pick<DialOptions, 'proxy'>, timeoutMs: number) {
  return reachBy(origin, () => dialTls(to, { ...to, timeoutMs }));
}

async function setup() {
  const apns = await startFakeApns();
  onTestFinished(() => apns[Symbol.asyncDispose]());
  const { hostname: host, port, origin } = new URL(apns.url);
  const secureContext = createSecureContext({ ca: readFileSync(apns.caFile) });
  return { apns, origin, destination: { host, port: Number(port), secureContext, alpn: ['h2'] } };
}

test('a provider that takes connections is reached, and no request is sent', async () => {
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
    problem: { cause: 'proxy_credentials', cure: 'put the right user and password into `proxy`' },
  });
});

test('a certificate that is not trusted is told', async () => {
  const { origin, destination } = await setup();
  const untrusting = { ...destination, secureContext: createSecureContext() };
  expect(await reach(origin, untrusting, 10_000)).toMatchObject({
    problem: { cause: 'tls_untrusted', cure: expect.stringContaining('`ca_file`') as string },
  });
});

test('a place where nobody listens is told', async () => {
  const { apns, origin, destination } = await setup();
  await apns[Symbol.asyncDispose]();
  expect(await reach(origin, destination, 10_000)).toMatchObject({
    problem: { cause: 'refused', message: expect.stringContaining('(ECONNREFUSED)') as string },
  });
});

test('a server that takes the connection and stays silent is not taken for a firewall', async () => {
  const { apns, origin, destination } = await setup();
  apns.freeze();
  expect(await reach(origin, destination, 1_000)).toMatchObject({
    problem: {
      cause: 'timeout',
      message: expect.stringMatching(/^it takes the connection and then/) as string,
    },
  });
});

test('a name that nobody knows is told, and whether it is that of the proxy', async () => {
  const { origin, destination } = await setup();
  expect(await reach(origin, { ...destination, host: 'apns.invalid' }, 10_000)).toMatchObject({
    problem: { cause: 'dns' },
  });
  const proxy = new URL('http://proxy.invalid:3128');
  expect(await reach(origin, { ...destination, proxy }, 10_000)).toMatchObject({
    problem: { cause: 'proxy_dns' },
  });
});

test.each([
  ['a proxy that lets nobody through', 403 as const, 'proxy_refused'],
  ['a proxy that cannot get there', 502 as const, 'proxy_refused'],
])('%s is told', async (_, status, cause) => {
  const { origin, destination } = await setup();
  await using proxy = await startFakeProxy({ answer: () => status });
  expect(await reach(origin, { ...destination, proxy: proxy.url }, 10_000)).toMatchObject({
    problem: { cause, message: expect.stringContaining(`(HTTP ${status})`) as string },
  });
});

test.each([
  ['without HTTP/2', { ALPNProtocols: ['http/1.1'] }, ['127.0.0.1'], 'no_http2'],
  ['with a certificate for another name', { ALPNProtocols: ['h2'] }, ['other.example'], 'tls_name'],
])('a server %s is told', async (_, options, hosts, cause) => {
  const { destination, origin } = await setup();
  using authority = createCertificateAuthority();
  const { certificate, key } = authority.issue({ hosts });
  const server = createServer({ cert: certificate, key, ...options });
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const there = { ...destination, port, secureContext: createSecureContext({ ca: authority.certificate }) };
  expect(await reach(origin, there, 10_000)).toMatchObject({ problem: { cause } });
});
