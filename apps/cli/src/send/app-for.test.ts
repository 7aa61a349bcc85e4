import { OperatorError, type AppConfig } from '@carillon/runtime';
import { expect, test } from 'vitest';
import { appFor } from './app-for.ts';

const apps = ['com.example.ios', 'org.example.*', '*.web', 'org.*.web'].map((name): AppConfig => ({
  name,
  type: 'apns',
  mode: 'live',
  maxAgeMs: { calls: 1, high: 1, low: 1 },
  maxBacklog: 10,
  maxBacklogBytes: 1_000_000,
  settings: {},
}));

test('an app_id finds its entry by name or by the one glob that matches it', () => {
  expect(appFor(apps, 'com.example.ios').name).toBe('com.example.ios');
  expect(appFor(apps, 'org.example.android').name).toBe('org.example.*');
});

test.each([
  ['org.example.*', /is a glob/, 'usage'],
  ['com.example.other', /has the app_id com\.example\.other/, 'usage'],
  ['org.other.web', /More than one glob/, 'configuration'],
])('%s cannot be sent to', (appId, message, exit) => {
  const find = () => appFor(apps, appId);
  expect(find).toThrow(OperatorError);
  expect(find).toThrow(message);
  expect(find).toThrow(expect.objectContaining({ exit }));
});
