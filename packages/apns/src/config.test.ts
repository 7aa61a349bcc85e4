import { expect, test } from 'vitest';
import { z } from 'zod';
import { apnsShape, checkApnsSettings, obsoleteApnsKeys } from './config.ts';

const shape = z.strictObject(apnsShape);
const withKey = { keyfile: 'key.p8', key_id: 'ABC123DEFG', team_id: 'DEF123GHIJ', topic: 'com.example.app' };

test('has the defaults of Sygnal, and its own where Sygnal has none', () => {
  expect(shape.parse(withKey)).toEqual({
    ...withKey,
    platform: 'production',
    convert_device_token_to_hex: true,
    send_badge_counts: true,
    sound: true,
    thread_id: true,
    voip_all: false,
  });
});

test('reads prod as production', () => {
  expect(shape.parse({ platform: 'prod' }).platform).toBe('production');
  expect(shape.parse({ platform: 'sandbox' }).platform).toBe('sandbox');
});

test.each([
  ['platform', 'development'],
  ['key_id', 'ABC'],
  ['team_id', 'DEF123GHIJK'],
  ['topic', 'com example app'],
  ['topic', ''],
  ['push_type', 'bell'],
  ['convert_device_token_to_hex', 'yes'],
  ['endpoint', 'http://127.0.0.1:2197'],
  ['endpoint', 'https://127.0.0.1:2197/3/device'],
  ['endpoint', 'https://otto:bell@127.0.0.1'],
  ['endpoint', '127.0.0.1'],
  ['keyfile', ''],
])('refuses %s: %j, and says what it must be', (key, value) => {
  const issues = shape.safeParse({ ...withKey, [key]: value }).error?.issues;
  expect(issues).toHaveLength(1);
  expect(issues?.[0]?.path).toEqual([key]);
  expect(issues?.[0]?.message).toMatch(/^must be /);
});

const problems = (settings: object) => checkApnsSettings(shape.parse(settings)).map(({ key }) => key);

test('takes a signing key with all that belongs to it, or a certificate alone or with a topic', () => {
  expect(problems(withKey)).toEqual([]);
  expect(problems({ certfile: 'apns.pem' })).toEqual([]);
  expect(problems({ certfile: 'apns.pem', topic: 'com.example.app' })).toEqual([]);
});

test('names each key that is missing beside a signing key', () => {
  expect(problems({ keyfile: 'key.p8' })).toEqual(['key_id', 'team_id', 'topic']);
  expect(problems({ team_id: 'DEF123GHIJ', topic: 'com.example.app' })).toEqual(['keyfile', 'key_id']);
});

test('wants either a signing key or a certificate', () => {
  expect(problems({})).toEqual(['keyfile']);
  expect(problems({ ...withKey, certfile: 'apns.pem' })).toEqual(['certfile']);
});

test('wants a signing key for a push type that certificates do not cover', () => {
  expect(problems({ certfile: 'apns.pem', push_type: 'location' })).toEqual(['push_type']);
  expect(problems({ ...withKey, push_type: 'location' })).toEqual([]);
});

test('takes `voip_all` beside `push_type: voip` only', () => {
  expect(problems({ ...withKey, push_type: 'voip', voip_all: true })).toEqual([]);
  expect(problems({ ...withKey, voip_all: true })).toEqual(['voip_all']);
});

test('tells with every problem what to write', () => {
  const told = [{}, { keyfile: 'key.p8' }, { ...withKey, certfile: 'apns.pem' }].flatMap((settings) =>
    checkApnsSettings(shape.parse(settings)),
  );
  expect(told).toHaveLength(5);
  for (const { message } of told) expect(message).toMatch(/: (give|keep) /);
  expect(obsoleteApnsKeys['inflight_request_limit']).toContain('worker.concurrency');
});
