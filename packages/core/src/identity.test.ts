import { expect, test } from 'vitest';
import { deliveryIdentity, registrationKey, shortHash, withAddress } from './identity.ts';
import type { Device } from './notification.ts';

const device: Device = { appId: 'app', pushkey: 'key', data: { a: 1, b: { c: [1, 2], d: null } } };
const identity = (changes: Partial<Device> = {}, event = '$1') =>
  deliveryIdentity(event, { ...device, ...changes });

test('is 128 bits as 22 characters of base64url', () => {
  expect(identity()).toMatch(/^[\w-]{22}$/);
  expect(shortHash('')).toHaveLength(22);
});

// Invariant 3.
test('is the same whatever the order of keys in the data, and whatever changes between two tries', () => {
  expect(identity({ data: { b: { d: null, c: [1, 2] }, a: 1 } })).toBe(identity());
  expect(identity({ pushkeyTs: 5, tweaks: { sound: 'x' } })).toBe(identity());
});

test('tells events, apps, pushkeys and data apart', () => {
  const others = [
    identity({}, '$2'),
    identity({ appId: 'other' }),
    identity({ pushkey: 'other' }),
    identity({ data: { a: 2, b: { c: [1, 2], d: null } } }),
    identity({ data: { a: '1', b: { c: [1, 2], d: null } } }),
    identity({ data: { a: 1, b: { c: [2, 1], d: null } } }),
    identity({ data: { a: 1, b: { c: [1, 2] } } }),
    identity({ data: {} }),
  ];
  expect(new Set([identity(), ...others]).size).toBe(others.length + 1);
});

test('takes absent and empty data for the same', () => {
  const { data: _, ...without } = device;
  expect(deliveryIdentity('$1', without)).toBe(identity({ data: {} }));
});

test('does not mix up where one part ends and the next begins', () => {
  expect(identity({ appId: 'a', pushkey: 'b,c' })).not.toBe(identity({ appId: 'a,b', pushkey: 'c' }));
  expect(registrationKey({ appId: 'a', pushkey: '","b' })).not.toBe(
    registrationKey({ appId: 'a","', pushkey: 'b' }),
  );
});

test('a registration includes what it is delivered to, where the pushkey does not say it', () => {
  const own = registrationKey(withAddress(device, 'https://push.example.com/mine'));
  expect(own).not.toBe(registrationKey(withAddress(device, 'https://push.example.com/theirs')));
  expect(own).toBe(registrationKey(withAddress(device, 'https://push.example.com/mine')));
  expect(registrationKey(withAddress(device, undefined))).toBe(registrationKey(device));
});

test('takes data deeper than the stack', () => {
  const deep = JSON.parse(`{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`) as Record<string, unknown>;
  expect(identity({ data: deep })).toMatch(/^[\w-]{22}$/);
});
