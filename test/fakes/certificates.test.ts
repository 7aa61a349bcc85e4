import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, connect } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from './certificates.ts';

test('a client that trusts the authority accepts a certificate it issued, by address and by name', async () => {
  using authority = createCertificateAuthority();
  const issued = authority.issue();
  const server = createServer({ cert: issued.certificate, key: issued.key }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (const servername of ['127.0.0.1', 'localhost']) {
    const client = connect({
      port,
      host: '127.0.0.1',
      ca: authority.certificate,
      ...(servername === 'localhost' && { servername }),
    });
    await once(client, 'secureConnect');
    expect(client.authorized).toBe(true);
    client.destroy();
  }
  server.close();
});

test('a request may choose subject, key type and further extensions', () => {
  using authority = createCertificateAuthority();
  const { certificate } = authority.issue({
    subject: '/UID=com.example.app/CN=Apple Push Services: com.example.app',
    hosts: [],
    extensions: ['1.2.840.113635.100.6.3.2=DER:0500'],
    keyType: 'rsa',
  });
  const read = new X509Certificate(certificate);
  expect(read.subject).toContain('UID=com.example.app');
  expect(read.publicKey.asymmetricKeyType).toBe('rsa');
  expect(read.subjectAltName).toBeUndefined();
  expect(read.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
});

test('nothing is left behind', () => {
  const authority = createCertificateAuthority();
  authority.issue();
  authority[Symbol.dispose]();
  expect(existsSync(authority.directory)).toBe(false);
});
