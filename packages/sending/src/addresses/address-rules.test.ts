import { describe, expect, test } from 'vitest';
import { createAddressRules, isCidr } from './address-rules.ts';

const forbidden = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.127.255.254',
  '127.0.0.1',
  '127.255.0.9',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.170',
  '192.0.2.5',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.19.255.1',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.250',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.1.2.3',
  '::ffff:169.254.169.254',
  '::ffff:0:127.0.0.1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:0:4136:e378::1',
  '2001:10::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:a00:1::1',
  '3fff::1',
  '4000::1',
  '5f00::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%lo',
  'fec0::1',
  'ff02::1',
  'localhost',
  '',
  '127.1',
];

const allowed = [
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.1',
  '100.63.255.255',
  '100.128.0.1',
  '126.255.255.255',
  '128.0.0.1',
  '172.15.255.255',
  '172.32.0.1',
  '192.167.1.1',
  '198.17.1.1',
  '198.20.0.1',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450:4001::5f',
  '2001:4860:4860::8888',
  '::ffff:1.1.1.1',
  '64:ff9b::8.8.8.8',
];

describe('forbids', () => {
  test.each(forbidden)('%s', (address) => {
    expect(createAddressRules([]).allows(address)).toBe(false);
  });
});

describe('allows', () => {
  test.each(allowed)('%s', (address) => {
    expect(createAddressRules([]).allows(address)).toBe(true);
  });
});

test('makes exceptions for the networks that are listed, and for no others', () => {
  const rules = createAddressRules(['10.1.0.0/16', 'fd00:1::/32']);
  expect(['10.1.2.3', '::ffff:10.1.2.3', 'fd00:1::5'].map((address) => rules.allows(address))).toEqual([
    true,
    true,
    true,
  ]);
  expect(['10.2.0.1', 'fd00:2::5', '127.0.0.1'].map((address) => rules.allows(address))).toEqual([
    false,
    false,
    false,
  ]);
});

test('knows a network from anything else', () => {
  expect(['10.0.0.0/8', '::/0', '::1/128', '1.2.3.4/32'].every(isCidr)).toBe(true);
  expect(
    [
      '10.0.0.0',
      '10.0.0.0/33',
      '::/129',
      '10.0.0/8',
      '10.0.0.0/8/8',
      'fe80::%eth0/64',
      'localhost/8',
      '1.2.3.4/-1',
      '',
    ].some(isCidr),
  ).toBe(false);
});
