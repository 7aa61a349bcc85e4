import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newReceiverKeys } from '../../../test/fakes/webpush/subscription.ts';
import { webpushModule } from './index.ts';
import { makeDelivery } from '../../../test/fakes/delivery.ts';
import { testSender } from './provider.testing.ts';

/**
 * What a client may write as its endpoint to make us talk to somebody else. Each is sent to as the most careless
 * configuration would: every host and port is allowed. Names resolve as an attacker's name server would answer.
 */
const trap = { server: createServer(), connections: 0, port: 0 };

beforeAll(async () => {
  trap.server.on('connection', (socket) => {
    trap.connections += 1;
    socket.destroy();
  });
  trap.server.listen(0, '::');
  await once(trap.server, 'listening');
  trap.port = (trap.server.address() as AddressInfo).port;
});

afterAll(async () => {
  trap.server.close();
  await once(trap.server, 'close');
});

const addresses: Readonly<Record<string, readonly string[]>> = {
  'loopback.attacker.example': ['127.0.0.1'],
  'loopback6.attacker.example': ['::1'],
  'any.attacker.example': ['0.0.0.0'],
  'any6.attacker.example': ['::'],
  'private.attacker.example': ['10.0.0.1'],
  'metadata.attacker.example': ['169.254.169.254'],
  'mapped.attacker.example': ['::ffff:127.0.0.1'],
  'nat64.attacker.example': ['64:ff9b::7f00:1'],
  'sixtofour.attacker.example': ['2002:7f00:1::'],
  'teredo.attacker.example': ['2001:0:4136:e378:8000:63bf:80ff:fffe'],
  'unique.attacker.example': ['fd00::1'],
  'link.attacker.example': ['fe80::1'],
  'multicast.attacker.example': ['224.0.0.1'],
  'broadcast.attacker.example': ['255.255.255.255'],
  'cgnat.attacker.example': ['100.64.0.1'],
  'both.attacker.example': ['93.184.216.34', '127.0.0.1'],
  'both6.attacker.example': ['2606:4700::1111', '::1'],
  'none.attacker.example': [],
  'garbage.attacker.example': ['not an address'],
  'zone.attacker.example': ['fe80::1%lo'],
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'app.localhost': ['127.0.0.1'],
  internal: ['192.168.0.1'],
};

const hosts = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '017700000001',
  '0x7F.0x0.0x0.0x1',
  '127.0.0.1.',
  '127。0。0。1',
  '１２７.０.０.１',
  '①②⑦.0.0.1',
  '0',
  '0.0.0.0',
  '0x0',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.0.1',
  '100.64.0.1',
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[2002:7f00:1::]',
  '[fd00::1]',
  '[fe80::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[2001:db8::1]',
  '224.0.0.1',
  '255.255.255.255',
  ...Object.keys(addresses),
];

/** Not sent to for their form, whatever the host. */
const forms = [
  'http://push.attacker.example/',
  'ftp://127.0.0.1/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_FLUSHALL',
  'wss://127.0.0.1/',
  'data:text/plain,x',
  'javascript:alert(1)',
  '//127.0.0.1/',
  '/relative',
  'https://',
  'https://%00/',
  'https://user@127.0.0.1/',
  'https://user:password@push.attacker.example/',
  'https://fcm.googleapis.com@127.0.0.1/',
  'https://[fe80::1%25lo]/',
  'https://127.0.0.1:99999/',
  'https://127.0.0.1 .example/',
  'https://1.2.3.4.5/',
  'https://256.1.1.1/',
  ' ',
  `https://push.attacker.example/${'a'.repeat(3_000)}`,
];

function deliveryTo(endpoint: string) {
  const { ecdh, auth } = newReceiverKeys();
  const pushkey = ecdh.getPublicKey('base64url');
  return makeDelivery({ device: { pushkey, data: { endpoint, auth: auth.toString('base64url') } } });
}

describe('never connects to', () => {
  test.each(hosts)('%s', async (host) => {
    await using sender = testSender(
      { allowed_endpoints: ['*:*', '[::]:*', '[::1]:*'] },
      { resolve: (name) => Promise.resolve(addresses[name] ?? []) },
    );
    const outcome = await sender.provider.send(deliveryTo(`https://${host}:${trap.port}/wp/x`));
    expect(['address_forbidden', 'dns_failed', 'registration_unusable']).toContain(outcome.reason);
    expect(sender.context.opened).toEqual([]);
    expect(trap.connections).toBe(0);
  });
});

test('would have noticed: a network that is allowed is connected to', async () => {
  const open = createServer((socket) => socket.destroy());
  open.listen(0, '127.0.0.1');
  await once(open, 'listening');
  const connected = once(open, 'connection');
  const { port } = open.address() as AddressInfo;
  await using sender = testSender({
    allowed_endpoints: ['*:*'],
    allow_private_endpoints: ['127.0.0.1/32'],
  });
  const outcome = await sender.provider.send(deliveryTo(`https://0x7f000001:${port}/wp/x`));
  expect(outcome.reason).toBe('tls_failed');
  await connected;
  open.close();
  await once(open, 'close');
});

describe('rejects as an endpoint', () => {
  test.each(forms)('%s', async (endpoint) => {
    await using sender = testSender({ allowed_endpoints: ['*:*'] });
    const delivery = deliveryTo(endpoint);
    expect(webpushModule.unusable?.(delivery.device)).toContain('data.endpoint');
    expect(await sender.provider.send(delivery)).toMatchObject({
      kind: 'dead',
      reason: 'registration_unusable',
      sent: false,
    });
    expect(sender.context.opened).toEqual([]);
  });
});

/** Hosts that look like those of the push services. */
const lookalikes = [
  'evil-fcm.googleapis.com',
  'fcm.googleapis.com.attacker.example',
  'fcm.googleapis.com.',
  'fcmxgoogleapis.com',
  'notify.windows.com',
  'evilnotify.windows.com',
  'push.apple.com',
  'web.push.apple.com.attacker.example',
  'updates.push.services.mozilla.com:8443',
  'fcm.googleapis.com:80',
  'attacker.example',
  '93.184.216.34',
];

describe('by default sends nothing to', () => {
  test.each(lookalikes)('%s', async (host) => {
    await using sender = testSender({});
    expect(await sender.provider.send(deliveryTo(`https://${host}/wp/x`))).toEqual({
      kind: 'refused',
      reason: 'endpoint_not_allowed',
      sent: false,
    });
    expect(sender.context.opened).toEqual([]);
  });
});
