import type { ProviderModule } from '@carillon/core';
import type { AppConfig } from '@carillon/runtime';
import { expect, test } from 'vitest';
import { choiceOfNothing } from './worker-choice.ts';

const apps = [
  { name: 'com.example.ios', type: 'apns' },
  { name: 'com.example.android', type: 'fcm' },
] as AppConfig[]; // what matters here
const providers = [
  { types: ['apns'] },
  { types: ['fcm', 'gcm'] },
  { types: ['webpush'] },
] as unknown as ProviderModule[];
const nothing = (choice: { readonly apps?: readonly string[]; readonly types?: readonly string[] }) =>
  choiceOfNothing(apps, { apps: [], types: [], lanes: [], ...choice }, providers);

test.each([
  [{ types: ['apns', 'fmc'] }, '--type fmc', 'did you mean fcm?'],
  [{ types: ['webpush'] }, '--type webpush', 'choose among apns, fcm'],
  [
    { apps: ['com.example.ios', 'com.example.andriod'] },
    '--app com.example.andriod',
    'did you mean com.example.android?',
  ],
  [{ apps: ['net.*'] }, '--app net.*', 'choose among'],
])('%j chooses nothing with %s, beside a good one or alone', (choice, message, cure) => {
  expect(nothing(choice)).toMatchObject({
    exit: 'usage',
    message: expect.stringContaining(message),
    cure: expect.stringContaining(cure),
  });
});

test.each([{}, { types: ['gcm'] }, { apps: ['com.*'], types: ['apns', 'fcm'] }])(
  '%j is a choice',
  (choice) => {
    expect(nothing(choice)).toBeUndefined();
  },
);
