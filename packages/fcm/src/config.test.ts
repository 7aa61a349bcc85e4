import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkFcmSettings, fcmShape, obsoleteFcmKeys } from './config.ts';

const schema = z.object(fcmShape);
const base = { service_account_file: 'key.json' };

function problemOf(settings: object): string {
  const result = schema.safeParse({ ...base, ...settings });
  return result.success ? '' : (result.error.issues[0]?.message ?? '');
}

function optionProblems(options: object): readonly string[] {
  return checkFcmSettings(schema.parse({ ...base, fcm_options: options })).map(({ key }) => key);
}

test('a service account file is all that an app needs', () => {
  expect(schema.parse(base)).toEqual({
    ...base,
    fcm_options: {},
    send_badge_counts: true,
    api_version: 'v1',
    endpoint: 'https://fcm.googleapis.com',
  });
});

test('the keys of Sygnal are read', () => {
  const sygnal = {
    project_id: 'example-project',
    service_account_file: '/run/secrets/fcm.json',
    api_version: 'v1',
    send_badge_counts: false,
    fcm_options: { apns: { headers: { 'apns-priority': '5' } }, anything: { new: true } },
  };
  expect(schema.parse(sygnal)).toMatchObject(sygnal);
});

test('the legacy API gets an error that says what to do', () => {
  expect(problemOf({ api_version: 'legacy' })).toMatch(/shut .* down .* `api_version: v1`/);
  expect(problemOf({ api_version: 'v2' })).toMatch(/must be v1/);
});

test.each(['api_key', 'max_connections', 'inflight_request_limit'])(
  'says what to write instead of %s',
  (key) => {
    expect(obsoleteFcmKeys[key]).toMatch(/instead|remove it/);
  },
);

test.each(['fcm.googleapis.com', 'ftp://x', 'https://x/path', 'https://x?q', 'https://user@x', 7])(
  'refuses %s as endpoint',
  (endpoint) => {
    expect(problemOf({ endpoint })).toMatch(/URL/);
  },
);

test.each(['http://127.0.0.1:8081', 'https://[::1]:8443', 'https://fcm.example/'])(
  'takes %s as endpoint',
  (endpoint) => {
    expect(problemOf({ endpoint })).toBe('');
  },
);

test.each(['', 'a/b', '../x', 'a b'])('refuses %j as project_id, which stands in a path', (project_id) => {
  expect(problemOf({ project_id })).toMatch(/ID of the Firebase project/);
});

test('fcm_options must be an object', () => {
  expect(problemOf({ fcm_options: ['a'] })).toMatch(/must be an object/);
});

test.each(['token', 'fid', 'topic', 'condition', 'data'])('%s may not stand in fcm_options', (key) => {
  expect(optionProblems({ [key]: 'x' })).toEqual([`fcm_options.${key}`]);
});

test('data and unfit values may not stand in fcm_options.android', () => {
  expect(optionProblems({ android: { data: {}, ttl: '3600s' } })).toEqual(['fcm_options.android.data']);
  for (const ttl of ['1h', 3600, '-1s', '2419201s'])
    expect(optionProblems({ android: { ttl } })).toEqual(['fcm_options.android.ttl']);
  expect(optionProblems({ android: 'x' })).toEqual(['fcm_options.android']);
});

test('a value of fcm_options that is tied into itself is named, not thrown over', () => {
  const android: Record<string, unknown> = {};
  android['notification'] = { again: android };
  expect(optionProblems({ android })).toEqual(['fcm_options']);
});

test('display texts of fcm_options leave room for the notification', () => {
  expect(optionProblems({ notification: { title: 'x'.repeat(900) } })).toEqual([]);
  expect(
    optionProblems({
      notification: { title: 'x'.repeat(600) },
      android: { notification: { body: 'x'.repeat(600) } },
    }),
  ).toEqual(['fcm_options.notification']);
});
