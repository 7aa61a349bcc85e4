import { expect, test } from 'vitest';
import { deviceToken, spelling } from './device-token.ts';

const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 37 + 251) % 256));
const hex = bytes.toString('hex');
const standard = bytes.toString('base64');

test('reads base64 of either alphabet, with and without padding', () => {
  expect(standard).toMatch(/[+/].*=$/);
  for (const pushkey of [standard, standard.replace(/=+$/, ''), bytes.toString('base64url')])
    expect(deviceToken(pushkey, true)).toBe(hex);
});

test('skips blanks and line breaks', () => {
  expect(deviceToken(` ${standard.slice(0, 20)}\r\n${standard.slice(20)}\n`, true)).toBe(hex);
});

test('takes 64 digits of hex for base64 where base64 is configured, as Sygnal does', () => {
  expect(deviceToken(hex, true)).toBe(Buffer.from(hex, 'base64').toString('hex'));
});

test.each([
  ['nothing', ''],
  ['padding alone', '===='],
  ['a length that no base64 has', `${standard.slice(0, -1)}AA`],
  ['padding in excess', `${standard}=`],
  ['padding that is short', Buffer.alloc(31).toString('base64').slice(0, -1)],
  ['padding inside', 'AAAA=AAAA'.repeat(4)],
  ['15 bytes', Buffer.alloc(15).toString('base64')],
  ['201 bytes', Buffer.alloc(201).toString('base64')],
  ['another alphabet', 'ключ-от-колокольни-и-ещё-чуть-чуть'],
  ['words', 'ding dong, no key!'],
  ['a path', '../../3/device/AAAAAAAAAAAAAAAAAAAA.'],
])('makes no token of %s', (_name, pushkey) => {
  expect(deviceToken(pushkey, true)).toBeUndefined();
});

test('takes tokens of 16 to 200 bytes', () => {
  for (const length of [16, 80, 200])
    expect(deviceToken(Buffer.alloc(length).toString('base64'), true)).toHaveLength(length * 2);
});

test('passes hex on as it is where hex is configured', () => {
  for (const pushkey of [hex, hex.toUpperCase()]) expect(deviceToken(pushkey, false)).toBe(pushkey);
});

test.each([
  ['base64', standard],
  ['an odd number of digits', `${hex}0`],
  ['15 bytes', '00'.repeat(15)],
  ['201 bytes', '00'.repeat(201)],
  ['a path', `../../3/device/${hex}`],
  ['a line break', `${hex}\n`],
])('makes no token of %s where hex is configured', (_name, pushkey) => {
  expect(deviceToken(pushkey, false)).toBeUndefined();
});

// Invariant 15.
test('has one spelling for all that are one token', () => {
  const lastBits = standard.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`);
  expect(lastBits).not.toBe(standard);
  const digits = standard.replace(/=+$/, '');
  for (const pushkey of [
    standard,
    digits,
    lastBits,
    bytes.toString('base64url'),
    ` ${standard}`,
    `${digits}\n`,
  ]) {
    expect(deviceToken(pushkey, true)).toBe(hex);
    expect(spelling(pushkey, true)).toBe(standard);
  }
});

test('has one spelling for hex in capitals and not, where hex is configured', () => {
  const mixed = hex.slice(0, 20).toUpperCase() + hex.slice(20);
  for (const pushkey of [hex, hex.toUpperCase(), mixed]) expect(spelling(pushkey, false)).toBe(hex);
});

test('keeps capitals of what is read as base64', () => {
  for (const pushkey of [hex, hex.toUpperCase()]) expect(spelling(pushkey, true)).toBe(pushkey);
});

test.each(['ding dong, no key!', ''])('leaves %j as it is', (pushkey) => {
  for (const isBase64 of [true, false]) expect(spelling(pushkey, isBase64)).toBe(pushkey);
});
