import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkWebPushSettings, contactOf, obsoleteWebPushKeys, webpushShape } from './config.ts';

const required = { vapid_private_key: 'vapid.pem' };
const contact = { vapid_contact: 'mailto:ops@example.com' };

function parse(fields: object) {
  return z.object(webpushShape).safeParse({ ...required, ...fields });
}

function problemsOf(fields: object): readonly string[] {
  const parsed = parse(fields);
  return parsed.success
    ? checkWebPushSettings(parsed.data).map(({ key }) => key)
    : parsed.error.issues.map(({ path }) => path.join('.'));
}

test('needs a key and a contact, and has defaults for the rest', () => {
  expect(parse(contact).data).toEqual({
    ...required,
    ...contact,
    allowed_endpoints: [
      'updates.push.services.mozilla.com',
      'fcm.googleapis.com',
      '*.notify.windows.com',
      '*.push.apple.com',
    ],
    allow_private_endpoints: [],
    ttl: 900_000,
  });
  expect(z.object(webpushShape).safeParse(contact).success).toBe(false);
});

test("reads Sygnal's spelling: an address without mailto:, a ttl in seconds", () => {
  const { data } = parse({ vapid_contact_email: 'ops@example.com', ttl: 3600 });
  expect(data).toMatchObject({ ttl: 3_600_000 });
  expect(contactOf(data ?? (undefined as never))).toBe('mailto:ops@example.com');
});

test('takes exactly one contact', () => {
  expect(problemsOf({})).toEqual(['vapid_contact']);
  expect(problemsOf({ ...contact, vapid_contact_email: 'ops@example.com' })).toEqual(['vapid_contact_email']);
  expect(problemsOf({ vapid_contact_email: 'ops@example.com' })).toEqual([]);
  expect(problemsOf(contact)).toEqual([]);
});

test.each([
  ['mailto:ops@example.com', true],
  ['https://example.com/contact', true],
  ['mailto: <ops@example.com>', false],
  ['mailto:ops@localhost', false],
  ['https://localhost/', false],
  ['https://push.local', false],
  ['http://example.com', false],
  ['ops@example.com', false],
  ['', false],
])('takes a contact that Apple takes: %s is %s', (text, good) => {
  expect(problemsOf({ vapid_contact: text })).toEqual(good ? [] : ['vapid_contact']);
});

test.each([
  ['900', false],
  ['15m', true],
  [0, true],
  [2_592_000, true],
  [2_592_001, false],
  [-1, false],
  [1.5, false],
  ['31d', false],
])('takes a ttl in seconds or as a duration, up to 30 days: %s is %s', (ttl, good) => {
  expect(problemsOf({ ...contact, ttl })).toEqual(good ? [] : ['ttl']);
});

test.each([
  ['push.example.com', true],
  ['push.example.com:8443', true],
  ['*.example.com:*', true],
  ['[::1]:8443', true],
  ['https://push.example.com', false],
  ['push.example.com/path', false],
  ['user@push.example.com', false],
  ['', false],
])('takes a host or host:port as an endpoint: %s is %s', (entry, good) => {
  expect(problemsOf({ ...contact, allowed_endpoints: [entry] })).toEqual(good ? [] : ['allowed_endpoints.0']);
});

test('takes networks, not addresses, as private endpoints', () => {
  expect(problemsOf({ ...contact, allow_private_endpoints: ['10.0.0.0/8', '10.0.0.1'] })).toEqual([
    'allow_private_endpoints.1',
  ]);
});

test('says what to write instead of the keys that Sygnal has and Carillon has no use for', () => {
  expect(Object.keys(obsoleteWebPushKeys)).toEqual(['max_connections', 'inflight_request_limit']);
});
