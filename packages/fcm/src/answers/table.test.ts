import { expect, test } from 'vitest';
import { fcmAnswers } from './table.ts';
import { startFakeFcm } from '../../../../test/fakes/fcm/server.ts';
import { makeDelivery } from '../../../../test/fakes/delivery.ts';
import { setupSender } from '../provider.testing.ts';
import type { Outcome } from '@carillon/core';
import type { FcmAnswer } from '../../../../test/fakes/fcm/answers.ts';
import type { FakeFcmOptions } from '../../../../test/fakes/fcm/server.ts';
import type { SenderOptions } from '../provider.testing.ts';

function setup({ fake, ...options }: SenderOptions & { readonly fake?: FakeFcmOptions } = {}) {
  return setupSender((now) => startFakeFcm({ now, ...fake }), options);
}

const outage = { kind: 'later', backoff: 'outage', scope: 'provider', spendsTry: true };
const throttled = { kind: 'later', backoff: 'throttled', spendsTry: true };
const html = { body: '<html>Error</html>', contentType: 'text/html' };

/** Every answer of the table, as the fake gives it. */
const cases: readonly (readonly [string, FcmAnswer, object])[] = [
  ['200', {}, { kind: 'delivered', reason: 'ok', sent: true }],
  [
    '200 with an empty body',
    { status: 200, body: '' },
    { kind: 'delivered', reason: 'ok_unreadable', sent: true },
  ],
  ['200 with HTML', { status: 200, ...html }, { kind: 'delivered', reason: 'ok_unreadable', sent: true }],
  [
    '404 UNREGISTERED',
    { status: 404, errorCode: 'UNREGISTERED' },
    { kind: 'dead', reason: 'UNREGISTERED', sent: true, suspect: false },
  ],
  ['404 without FcmError', { status: 404 }, { kind: 'misconfigured', reason: 'NOT_FOUND', sent: true }],
  [
    '404 with an empty body',
    { status: 404, body: '' },
    { kind: 'misconfigured', reason: 'NOT_FOUND', sent: true },
  ],
  ['404 with HTML', { status: 404, ...html }, { kind: 'misconfigured', reason: 'NOT_FOUND', sent: true }],
  [
    '404 with an unknown code',
    { status: 404, errorCode: 'GONE_FISHING' },
    { kind: 'refused', reason: 'http_4xx', sent: true },
  ],
  [
    '400 about the token',
    { status: 400, errorCode: 'INVALID_ARGUMENT' },
    { kind: 'dead', reason: 'invalid_registration_token', sent: true, suspect: false },
  ],
  [
    '400 that blames the field of the token',
    {
      status: 400,
      errorCode: 'INVALID_ARGUMENT',
      field: 'message.token',
      message: 'Request contains an invalid argument.',
    },
    { kind: 'dead', reason: 'invalid_registration_token', sent: true, suspect: false },
  ],
  [
    '400 with nothing but a BadRequest about the token',
    { status: 400, field: 'message.token' },
    { kind: 'dead', reason: 'invalid_registration_token', sent: true, suspect: false },
  ],
  [
    '400 that blames the token, with the word of APNs beside it',
    { status: 400, errorCode: 'INVALID_ARGUMENT', field: 'message.token', apnsReason: 'BadDeviceToken' },
    { kind: 'dead', reason: 'invalid_registration_token', sent: true, suspect: false },
  ],
  [
    '400 about the token that blames another field',
    { status: 400, errorCode: 'INVALID_ARGUMENT', field: 'message.data[0].value' },
    { kind: 'refused', reason: 'INVALID_ARGUMENT', sent: true },
  ],
  [
    '400 that blames the token and another field',
    { status: 400, errorCode: 'INVALID_ARGUMENT', field: ['message.token', 'message.android.ttl'] },
    { kind: 'refused', reason: 'INVALID_ARGUMENT', sent: true },
  ],
  [
    '400 that blames a field whose name begins like that of the token',
    { status: 400, errorCode: 'INVALID_ARGUMENT', field: 'message.token_extra' },
    { kind: 'refused', reason: 'INVALID_ARGUMENT', sent: true },
  ],
  [
    '400 about the token without FcmError',
    { status: 400, message: 'The registration token is not a valid FCM registration token' },
    { kind: 'refused', reason: 'INVALID_ARGUMENT', sent: true },
  ],
  [
    '400 with the same code, about the size',
    { status: 400, errorCode: 'INVALID_ARGUMENT', message: 'Android message is too big' },
    { kind: 'refused', reason: 'INVALID_ARGUMENT', sent: true },
  ],
  [
    '400 BadRequest',
    { status: 400, field: 'message.data[0].value' },
    { kind: 'refused', reason: 'INVALID_ARGUMENT', sent: true },
  ],
  [
    '400 with an empty body',
    { status: 400, body: '' },
    { kind: 'refused', reason: 'INVALID_ARGUMENT', sent: true },
  ],
  ['400 with HTML', { status: 400, ...html }, { kind: 'refused', reason: 'INVALID_ARGUMENT', sent: true }],
  [
    '403 SENDER_ID_MISMATCH',
    { status: 403, errorCode: 'SENDER_ID_MISMATCH' },
    { kind: 'dead', reason: 'SENDER_ID_MISMATCH', sent: true, suspect: true },
  ],
  [
    '403 that says so in words only',
    { status: 403, message: 'SenderId mismatch' },
    { kind: 'dead', reason: 'SENDER_ID_MISMATCH', sent: true, suspect: true },
  ],
  [
    '403 without FcmError',
    { status: 403 },
    { kind: 'misconfigured', reason: 'PERMISSION_DENIED', sent: true },
  ],
  [
    '403 with the API switched off',
    { status: 403, errorInfo: 'SERVICE_DISABLED' },
    {
      kind: 'misconfigured',
      reason: 'SERVICE_DISABLED',
      sent: true,
      cure: expect.stringContaining('Switch on') as string,
    },
  ],
  [
    '403 without the role',
    { status: 403, errorInfo: 'IAM_PERMISSION_DENIED' },
    {
      kind: 'misconfigured',
      reason: 'PERMISSION_DENIED',
      sent: true,
      cure: expect.stringContaining('the role') as string,
    },
  ],
  [
    '403 with HTML',
    { status: 403, ...html },
    { kind: 'misconfigured', reason: 'PERMISSION_DENIED', sent: true },
  ],
  ['401 without FcmError', { status: 401 }, { kind: 'misconfigured', reason: 'UNAUTHENTICATED', sent: true }],
  [
    '401 with an unknown code',
    { status: 401, errorCode: 'NEW' },
    { kind: 'misconfigured', reason: 'http_401', sent: true },
  ],
  [
    '401 THIRD_PARTY_AUTH_ERROR',
    { status: 401, errorCode: 'THIRD_PARTY_AUTH_ERROR' },
    { kind: 'misconfigured', reason: 'THIRD_PARTY_AUTH_ERROR', sent: true },
  ],
  [
    '401 APNS_AUTH_ERROR',
    { status: 401, errorCode: 'APNS_AUTH_ERROR' },
    { kind: 'misconfigured', reason: 'THIRD_PARTY_AUTH_ERROR', sent: true },
  ],
  [
    '429 QUOTA_EXCEEDED',
    { status: 429, errorCode: 'QUOTA_EXCEEDED' },
    { ...throttled, scope: 'device', reason: 'QUOTA_EXCEEDED' },
  ],
  [
    '429 with a quota of the device',
    { status: 429, errorCode: 'QUOTA_EXCEEDED', quota: 'device' },
    { ...throttled, scope: 'device', reason: 'device_quota' },
  ],
  [
    '429 with a quota of the project',
    { status: 429, errorCode: 'QUOTA_EXCEEDED', quota: 'project' },
    { ...throttled, scope: 'provider', reason: 'project_quota' },
  ],
  [
    '429 without FcmError',
    { status: 429 },
    { ...throttled, scope: 'provider', reason: 'RESOURCE_EXHAUSTED' },
  ],
  [
    '429 with an empty body',
    { status: 429, body: '' },
    { ...throttled, scope: 'provider', reason: 'RESOURCE_EXHAUSTED' },
  ],
  ['500', { status: 500, errorCode: 'INTERNAL' }, { ...outage, reason: 'INTERNAL' }],
  ['500 with HTML', { status: 500, ...html }, { ...outage, reason: 'INTERNAL' }],
  ['503', { status: 503, errorCode: 'UNAVAILABLE' }, { ...outage, reason: 'UNAVAILABLE' }],
  ['503 with an empty body', { status: 503, body: '' }, { ...outage, reason: 'UNAVAILABLE' }],
  ['502 with HTML', { status: 502, ...html }, { ...outage, reason: 'http_5xx' }],
  [
    'UNSPECIFIED_ERROR',
    { status: 400, errorCode: 'UNSPECIFIED_ERROR' },
    { ...outage, scope: 'device', reason: 'UNSPECIFIED_ERROR' },
  ],
  ['408', { status: 408 }, { kind: 'later', reason: 'http_408', sent: true, backoff: 'connection' }],
  ['another 4xx', { status: 418, ...html }, { kind: 'refused', reason: 'http_4xx', sent: true }],
  ['a redirect', { status: 302, body: '' }, { ...outage, reason: 'http_other' }],
];

test.each(cases)('%s', async (_, answer, outcome) => {
  await using s = await setup({ fake: { answer: () => answer } });
  expect(await s.provider.send(makeDelivery())).toMatchObject(outcome);
});

test('each row of an answer is tried by a case', async () => {
  const reasons = new Set(cases.map(([, , outcome]) => (outcome as Outcome).reason));
  const missing = fcmAnswers.rows.filter(({ when, reason }) => !('fault' in when) && !reasons.has(reason));
  expect(missing).toEqual([]);
});

test('an answer that no row was made for is counted by its status', async () => {
  await using s = await setup({
    fake: { answer: ({ number }) => ({ status: number === 1 ? 418 : 404, errorCode: 'SURPRISE' }) },
  });
  await s.provider.send(makeDelivery());
  await s.provider.send(makeDelivery());
  expect(s.observed.unknown).toEqual([418, 404]);
});

test('Retry-After is honoured to the second, as seconds and as a date', async () => {
  const date = new Date(Math.ceil(Date.now() / 1000) * 1000 + 90_000);
  await using s = await setup({
    fake: { answer: ({ number }) => ({ status: 429, retryAfter: number === 1 ? 120 : date.toUTCString() }) },
  });
  const before = Date.now();
  const seconds = await s.provider.send(makeDelivery());
  const { notBefore } = seconds as { readonly notBefore: number };
  expect(notBefore).toBeGreaterThanOrEqual(before + 120_000);
  expect(notBefore).toBeLessThanOrEqual(Date.now() + 120_000);
  expect(await s.provider.send(makeDelivery())).toMatchObject({ notBefore: date.getTime() });
});

test('a Retry-After beside a refusal that is no "later" means nothing', async () => {
  await using s = await setup({
    fake: { answer: () => ({ status: 404, errorCode: 'UNREGISTERED', retryAfter: 5 }) },
  });
  expect(await s.provider.send(makeDelivery())).toEqual({
    kind: 'dead',
    reason: 'UNREGISTERED',
    sent: true,
    suspect: false,
  });
});

test.each([
  [
    'pushkey_malformed',
    makeDelivery({ device: { pushkey: 'a\nb' } }),
    {
      kind: 'dead',
      reason: 'pushkey_malformed',
      sent: false,
      suspect: true,
      cure: expect.any(String) as string,
    },
  ],
  [
    'pushkey_is_endpoint',
    makeDelivery({ device: { pushkey: 'https://push.example.org/UPabc123?up=1' } }),
    { kind: 'refused', reason: 'pushkey_is_endpoint', sent: false },
  ],
  [
    'default_payload_not_object',
    makeDelivery({ device: { data: { default_payload: null } } }),
    { kind: 'refused', reason: 'default_payload_not_object', sent: false },
  ],
  [
    'nothing_to_send',
    makeDelivery({ notification: { eventId: '', roomId: '' } }),
    { kind: 'refused', reason: 'nothing_to_send', sent: false },
  ],
])('%s is told without asking FCM, or even Google for a token', async (_, delivery, outcome) => {
  await using s = await setup();
  expect(await s.provider.send(delivery)).toEqual(outcome);
  expect(s.fcm.tokenExchanges).toBe(0);
  expect(s.fcm.connections.connections).toBe(0);
});

test('no pushkey, content or credential is ever logged, whatever the answer', async () => {
  await using s = await setup({
    fake: {
      answer: ({ number }) => ({
        ...cases[number % cases.length]?.[1],
        ...(number % 2 === 0 && { field: 'message.data[1].value' }),
      }),
    },
  });
  const pushkey = 'secret-pushkey:APA91b';
  const secret = { notification: { content: { body: 'secret-body' }, sender: '@secret:example.org' } };
  for (let i = 0; i < cases.length; i += 1) {
    await s.provider.send(makeDelivery({ ...secret, device: { pushkey } }));
    s.advance(10_001); // the next line is not left out
  }
  const text = JSON.stringify(s.logged);
  expect(s.logged.length).toBeGreaterThan(10);
  expect(text).not.toMatch(/secret|ya29|APA91b|PRIVATE KEY|\$event|!room/);
  expect(text).toContain('"fingerprint":"fingerprint"');
});
