import { expect, test } from 'vitest';
import { hostPortText, parseHostPort } from './address.ts';

test.for([
  ['0.0.0.0:8080', { host: '0.0.0.0', port: 8080 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:9401', { host: '::1', port: 9401 }],
  ['[fe80::1%eth0]:9401', { host: 'fe80::1%eth0', port: 9401 }],
  ['redis-0.redis.svc.cluster.local:65535', { host: 'redis-0.redis.svc.cluster.local', port: 65_535 }],
] as const)('reads %s, and writes it the same way', ([text, address]) => {
  expect(parseHostPort(text)).toEqual(address);
  expect(hostPortText(address)).toBe(text);
});

test.for([
  '',
  '8080',
  ':8080',
  'host',
  'host:',
  'host:-1',
  'host:65536',
  'host:80 ',
  '::1:8080',
  '[::1]',
  '[127.0.0.1]:80',
  '[]:80',
  '256.0.0.1:80',
  '1.2.3:80',
  'a b:80',
  '-a:80',
  'http://host:80',
  'host:80/path',
  '*:80',
])('does not take %j for an address', (text) => {
  expect(parseHostPort(text)).toBeUndefined();
});
