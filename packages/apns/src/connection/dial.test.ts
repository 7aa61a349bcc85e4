import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createSecureContext, createServer } from 'node:tls';
import { DialError } from '@carillon/sending';
import { expect, onTestFinished, test } from 'vitest';
import { createCertificateAuthority } from '../../../../test/fakes/certificates.ts';
import { dial, faultOf } from './dial.ts';

/** A TLS server that speaks these protocols, and how to dial it. */
async function setup(protocols: string[]) {
  const authority = createCertificateAuthority();
  const { certificate, key } = authority.issue({});
  const server = createServer({ cert: certificate, key, ALPNProtocols: protocols });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    authority[Symbol.dispose]();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const secureContext = createSecureContext({ ca: authority.certificate });
  return { host: '127.0.0.1', port, secureContext, proxy: undefined };
}

test('connects to what speaks HTTP/2', async () => {
  const socket = await dial(await setup(['h2']), 60_000);
  expect(socket.alpnProtocol).toBe('h2');
  socket.destroy();
});

test.each([[['http/1.1']], [[]]])('takes nothing but HTTP/2: the other side speaks %j', async (protocols) => {
  const error: unknown = await dial(await setup(protocols), 60_000).catch((thrown: unknown) => thrown);
  expect(error instanceof DialError && faultOf(error)).toBe('not_http2');
});
