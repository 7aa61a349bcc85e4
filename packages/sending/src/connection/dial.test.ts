import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { startFakeProxy } from '../../../../test/fakes/apns/proxy.ts';
import type { FakeProxyOptions } from '../../../../test/fakes/apns/proxy.ts';
import { createCertificateAuthority } from '../../../../test/fakes/certificates.ts';
import type { Address } from './address.ts';
import { DialError } from './dial-error.ts';
import { dialPlain, dialTls } from './dial.ts';
import type { DialOptions, TlsOptions } from './dial.ts';

type Destination = Address & TlsOptions & Pick<DialOptions, 'proxy' | 'resolve'>;

/** A TLS server that speaks these protocols, and how to dial it. */
async function setup(protocols: string[] = ['h2'], hosts?: readonly string[]) {
  const authority = createCertificateAuthority();
  const { certificate, key } = authority.issue(hosts === undefined ? {} : { hosts });
  const server = createTlsServer({ cert: certificate, key, ALPNProtocols: protocols });
  server.on('tlsClientError', () => {});
  onTestFinished(() => authority[Symbol.dispose]());
  const port = await listen(server);
  const destination: Destination = {
    host: '127.0.0.1',
    port,
    secureContext: createSecureContext({ ca: authority.certificate }),
    alpn: ['h2'],
  };
  return { destination };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function setupProxy(options: FakeProxyOptions = {}) {
  const proxy = await startFakeProxy(options);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return proxy;
}

/** `protocol` of a connection that stands, or `fault, code`. */
async function result(destination: Destination, timeoutMs = 60_000): Promise<string> {
  try {
    const socket = await dialTls(destination, { ...destination, timeoutMs });
    const protocol = String(socket.alpnProtocol);
    socket.destroy();
    return protocol;
  } catch (error) {
    if (error instanceof DialError) return `${error.fault}, ${error.code}`;
    throw error;
  }
}

test('connects by address and by name', async () => {
  const { destination } = await setup();
  expect(await result(destination)).toBe('h2');
  expect(await result({ ...destination, host: 'localhost' })).toBe('h2');
});

test('fails when nobody listens, or nobody has that name', async () => {
  const { destination } = await setup();
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  expect(await result({ ...destination, port })).toBe('connect_failed, ECONNREFUSED');
  expect(await result({ ...destination, host: 'apns.invalid' })).toMatch(
    /^dns_failed, (ENOTFOUND|EAI_AGAIN)$/,
  );
});

test('fails when the other side is silent, or closes', async () => {
  const { destination } = await setup();
  const silent = createServer((socket) => void socket.on('error', () => {}).resume());
  expect(await result({ ...destination, port: await listen(silent) }, 1_000)).toBe('tls_failed, ETIMEDOUT');
  const closing = createServer((socket) => void socket.destroy());
  expect(await result({ ...destination, port: await listen(closing) })).toBe('tls_failed, ECONNRESET');
});

test('trusts nobody but those it is told to, and only under their own name', async () => {
  const { destination } = await setup();
  expect(await result({ ...destination, secureContext: createSecureContext() })).toMatch(/^tls_failed, /);
  const other = await setup(['h2'], ['apns.example']);
  expect(await result(other.destination)).toBe('tls_failed, ERR_TLS_CERT_ALTNAME_INVALID');
});

test('connects to the addresses that it is given for a name, and asks a proxy for the first of them', async () => {
  const { destination } = await setup(['h2'], ['apns.example']);
  const given = { ...destination, host: 'apns.example', resolve: () => Promise.resolve(['127.0.0.1']) };
  expect(await result(given)).toBe('h2');
  const proxy = await setupProxy();
  expect(await result({ ...given, proxy: proxy.url })).toBe('h2');
  expect(proxy.targets).toEqual([`127.0.0.1:${destination.port}`]);
});

test('connects without TLS, too', async () => {
  const port = await listen(createServer((socket) => void socket.end('ding')));
  const socket = await dialPlain({ host: '127.0.0.1', port }, { timeoutMs: 60_000 });
  expect(String((await once(socket, 'data'))[0])).toBe('ding');
});

test('goes through a proxy, with its user and password, and leaves nothing open', async () => {
  const { destination } = await setup();
  const proxy = await setupProxy({ credentials: 'otto:b ell' });
  const url = new URL(`http://otto:b%20ell@127.0.0.1:${proxy.port}`);
  expect(await result({ ...destination, proxy: url })).toBe('h2');
  expect(proxy.targets).toEqual([`127.0.0.1:${destination.port}`]);
  await expect.poll(() => proxy.open).toBe(0);
});

test('trusts nobody else through a proxy either', async () => {
  const { destination } = await setup();
  const { url } = await setupProxy();
  expect(await result({ ...destination, proxy: url })).toBe('h2');
  expect(await result({ ...destination, proxy: url, secureContext: createSecureContext() })).toMatch(
    /^tls_failed, /,
  );
  const other = await setup(['h2'], ['apns.example']);
  expect(await result({ ...other.destination, proxy: url })).toBe('tls_failed, ERR_TLS_CERT_ALTNAME_INVALID');
});

test.each<[string, FakeProxyOptions, string]>([
  ['wants a password', { credentials: 'otto:bell' }, 'proxy_credentials, HTTP 407'],
  ['forbids it', { answer: () => 403 }, 'proxy_failed, HTTP 403'],
  ['has no way', { answer: () => 502 }, 'proxy_failed, HTTP 502'],
])('fails when the proxy %s', async (_name, options, expected) => {
  const { destination } = await setup();
  const { port } = await setupProxy(options);
  expect(await result({ ...destination, proxy: new URL(`http://127.0.0.1:${port}`) })).toBe(expected);
});

test('fails when the proxy is silent', async () => {
  const { destination } = await setup();
  const { url } = await setupProxy({ answer: () => 'silence' });
  expect(await result({ ...destination, proxy: url }, 50)).toBe('proxy_failed, ETIMEDOUT');
});

test('fails when there is no proxy, or it is none', async () => {
  const { destination } = await setup();
  const proxy = await setupProxy();
  await proxy.stop();
  expect(await result({ ...destination, proxy: proxy.url })).toBe('proxy_failed, ECONNREFUSED');
  const port = await listen(
    createServer(
      (socket) =>
        void socket
          .on('error', () => {})
          .resume()
          .end('ding\r\n\r\n'),
    ),
  );
  expect(await result({ ...destination, proxy: new URL(`http://127.0.0.1:${port}`) })).toMatch(
    /^proxy_failed, /,
  );
});
