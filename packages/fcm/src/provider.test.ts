import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SettingError } from '@carillon/core';
import { expect, test } from 'vitest';
import { startFakeFcm } from '../../../test/fakes/fcm/server.ts';
import { fcmModule } from './index.ts';
import { makeDelivery } from '../../../test/fakes/delivery.ts';
import { settingsFor, setupSender, testContext } from './provider.testing.ts';
import type { FakeFcmOptions } from '../../../test/fakes/fcm/server.ts';
import type { SenderOptions } from './provider.testing.ts';

function setup({ fake, ...options }: SenderOptions & { readonly fake?: FakeFcmOptions } = {}) {
  return setupSender((now) => startFakeFcm({ now, ...fake }), options);
}

test('says where it sends, and tells Google nothing of the trace', async () => {
  await using s = await setup();
  const traceContext = '{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}';
  const delivery = { ...makeDelivery(), traceContext };
  expect(s.provider.server?.(delivery)).toBe(new URL(s.fcm.url).hostname);
  await s.provider.send(delivery);
  expect(s.fcm.received).toHaveLength(1);
  expect(JSON.stringify(s.fcm.received)).not.toMatch(/traceparent|0af7651916cd43dd/);
});

test('a token that was revoked is renewed once, and the message sent again', async () => {
  await using s = await setup();
  await s.provider.send(makeDelivery());
  s.fcm.tokenEndpoint.revokeAll();
  const sends = Array.from({ length: 40 }, () => s.provider.send(makeDelivery()));
  expect((await Promise.all(sends)).every(({ kind }) => kind === 'delivered')).toBe(true);
  expect(s.fcm.tokenExchanges).toBe(2);
});

test('when new tokens are refused as well the app is misconfigured, and no storm of exchanges follows', async () => {
  await using s = await setup({
    fake: { answer: () => ({ status: 401, errorInfo: 'ACCESS_TOKEN_EXPIRED' }) },
  });
  for (let round = 0; round < 3; round += 1) {
    const sends = Array.from({ length: 20 }, () => s.provider.send(makeDelivery()));
    for (const outcome of await Promise.all(sends))
      expect(outcome).toMatchObject({
        kind: 'misconfigured',
        reason: 'UNAUTHENTICATED',
        sent: true,
        cure: expect.stringContaining('clock') as string,
      });
  }
  expect(s.fcm.tokenExchanges).toBe(2);
});

test('a 401 about the APNs key inside Firebase renews nothing', async () => {
  await using s = await setup({
    fake: { answer: () => ({ status: 401, errorCode: 'THIRD_PARTY_AUTH_ERROR' }) },
  });
  expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'misconfigured' });
  expect(s.fcm.tokenExchanges).toBe(1);
});

test.each([
  [
    { error: 'invalid_grant', errorDescription: 'Invalid JWT Signature.' },
    'misconfigured',
    'token_key_unknown',
  ],
  [
    { error: 'invalid_grant', errorDescription: 'not in a reasonable timeframe' },
    'misconfigured',
    'token_clock_wrong',
  ],
  [{ status: 403, error: 'access_denied' }, 'misconfigured', 'token_refused'],
  [{ status: 503, body: '' }, 'later', 'token_endpoint_failed'],
])('%j of the token endpoint is %s, and nothing is sent', async (answer, kind, reason) => {
  await using s = await setup();
  s.fcm.tokenEndpoint.answer = () => answer;
  expect(await s.provider.send(makeDelivery())).toMatchObject({ kind, reason });
  expect(s.fcm.connections.connections).toBe(1);
  expect(s.logged[0]).toMatchObject({
    level: 'error',
    message: 'FCM: no access token',
    fields: { reason },
  });
});

test('with a token endpoint that is down messages go out until the token in hand has expired', async () => {
  await using s = await setup();
  await s.provider.send(makeDelivery());
  const asked = Promise.withResolvers<void>();
  s.fcm.tokenEndpoint.answer = () => {
    asked.resolve();
    return { hang: true };
  };
  s.advance(3_600_000 - 240_000);
  expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
  await asked.promise; // in the background
  expect(await s.provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
  expect(s.fcm.tokenExchanges).toBe(2);
});

test('a token endpoint that hangs costs its timeout and no try', async () => {
  await using s = await setup({ timing: { tokenTimeoutMs: 50 } });
  s.fcm.tokenEndpoint.answer = () => ({ hang: true });
  expect(await s.provider.send(makeDelivery())).toEqual({
    kind: 'later',
    reason: 'token_endpoint_unreachable',
    sent: false,
    backoff: 'connection',
    scope: 'provider',
    spendsTry: false,
    cure: expect.stringContaining('oauth2.googleapis.com') as string,
  });
});

test('a send that waits for a token when we stop goes back without spending a try', async () => {
  await using s = await setup();
  const asked = Promise.withResolvers<void>();
  s.fcm.tokenEndpoint.answer = () => {
    asked.resolve();
    return { hang: true };
  };
  const sent = s.provider.send(makeDelivery());
  await asked.promise;
  await s.provider.close();
  expect(await sent).toMatchObject({ kind: 'later', reason: 'shutdown', sent: false, spendsTry: false });
});

test('the module makes senders for fcm and gcm, whose project may stand in the key file', async () => {
  await using fcm = await startFakeFcm();
  expect(fcmModule.types).toEqual(['fcm', 'gcm']);
  const { context } = testContext();
  const provider = fcmModule.create({ name: 'app', settings: settingsFor(fcm) }, context);
  expect(await provider.send(makeDelivery())).toMatchObject({ kind: 'delivered' });
  await provider.close();
});

test('another project than that of the key file is a warning, and used', async () => {
  await using fcm = await startFakeFcm();
  const { context, logged } = testContext();
  const settings = settingsFor(fcm, { project_id: 'other-project' });
  const provider = fcmModule.create({ name: 'app', settings }, context);
  expect(logged[0]).toMatchObject({
    level: 'warn',
    message: expect.stringContaining('project_id') as string,
  });
  expect(await provider.send(makeDelivery())).toMatchObject({
    kind: 'misconfigured',
    reason: 'PERMISSION_DENIED',
    sent: true,
  });
  await provider.close();
});

function problemOf(create: () => unknown): SettingError {
  try {
    create();
  } catch (error) {
    if (error instanceof SettingError) return error;
    throw error;
  }
  throw new Error('Nothing was wrong');
}

test('tells when the certificates of ca_file expire; the key of a service account does not', async () => {
  await using fcm = await startFakeFcm();
  await using plain = await startFakeFcm({ plain: true });
  const { context } = testContext();
  const expiring = (fake: typeof fcm) =>
    fcmModule.create({ name: 'app', settings: settingsFor(fake) }, context).expiringCredentials;
  const [certificate] = expiring(fcm) ?? [];
  expect(certificate).toMatchObject({ setting: 'ca_file', file: fcm.caFile });
  const pem = await readFile(fcm.caFile ?? '', 'utf8');
  expect(certificate?.expiresAt).toBe(Date.parse(new X509Certificate(pem).validTo));
  expect(expiring(plain)).toEqual([]);
});

test('a project that stands nowhere, and files that cannot be used, are errors at the start', async () => {
  await using fcm = await startFakeFcm({ keyFile: { project_id: undefined } });
  const { context } = testContext();
  const create = (more: object) => () =>
    fcmModule.create({ name: 'app', settings: settingsFor(fcm, { ...more }) }, context);
  expect(problemOf(create({})).key).toBe('project_id');
  expect(problemOf(create({ project_id: 'x', service_account_file: '/nowhere' })).key).toBe(
    'service_account_file',
  );
  expect(problemOf(create({ ca_file: '/nowhere.pem' }))).toMatchObject({
    key: 'ca_file',
    message: expect.stringMatching(/^\/nowhere.pem does not exist: give a PEM file/) as string,
  });
  expect(problemOf(create({ ca_file: fcm.serviceAccountFile })).key).toBe('ca_file');
});
