import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createClientAddress } from './client-address.ts';

const clientAddress = createClientAddress(['10.0.0.0/8', '192.0.2.9', 'fd00::/8']);

function request(remoteAddress: string, forwarded?: string): IncomingMessage {
  const message = new IncomingMessage(
    Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress }),
  );
  if (forwarded !== undefined) message.headers['x-forwarded-for'] = forwarded;
  return message;
}

test.each([
  ['198.51.100.1', undefined, '198.51.100.1'],
  ['::ffff:198.51.100.1', undefined, '198.51.100.1'],
  ['2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
  ['2001:db8:1:2::1', undefined, '2001:db8:1:2::/64'],
  ['2001:db8::1', undefined, '2001:db8:0:0::/64'],
  ['::1', undefined, '0:0:0:0::/64'],
  ['fe80::1%eth0', undefined, 'fe80:0:0:0::/64'],
  // Nobody but a trusted proxy is believed.
  ['198.51.100.1', '203.0.113.7', '198.51.100.1'],
  ['10.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['::ffff:10.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['192.0.2.9', '203.0.113.7', '203.0.113.7'],
  ['fd00::5', '2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['10.0.0.1', '6.6.6.6, 203.0.113.7, 10.0.0.2', '203.0.113.7'],
  // As proxies of Azure write it.
  ['10.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
  ['10.0.0.1', '[2001:db8:1:2::9]:4711', '2001:db8:1:2::/64'],
  ['10.0.0.1', '203.0.113.7:4711, 10.0.0.2:80', '203.0.113.7'],
  // A proxy answers for what it passes on.
  ['10.0.0.1', undefined, '10.0.0.1'],
  ['10.0.0.1', 'unknown', '10.0.0.1'],
  ['10.0.0.1', '10.0.0.3', '10.0.0.3'],
])('%s with X-Forwarded-For %s counts for %s', (remote, forwarded, expected) => {
  expect(clientAddress(request(remote, forwarded))).toBe(expected);
});
