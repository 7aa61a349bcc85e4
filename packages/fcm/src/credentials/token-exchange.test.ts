import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { expect, test } from 'vitest';
import { startFakeFcm } from '../../../../test/fakes/fcm/server.ts';
import { createDial } from '../connection/dial.ts';
import { readServiceAccount } from './service-account.ts';
import { exchangeToken } from './token-exchange.ts';
import type { FakeFcmOptions } from '../../../../test/fakes/fcm/server.ts';
import type { TokenAnswer } from '../../../../test/fakes/fcm/token-endpoint.ts';
import type { ServiceAccount } from './service-account.ts';

async function setup(options: FakeFcmOptions = {}) {
  const fcm = await startFakeFcm(options);
  const account = readServiceAccount(fcm.serviceAccountFile);
  const stop = new AbortController();
  const exchange = (changed: Partial<ServiceAccount> = {}, timeoutMs = 10_000, now = Date.now) =>
    exchangeToken(
      { ...account, ...changed },
      {
        dial: createDial(
          tls.createSecureContext({ ca: fcm.caFile === undefined ? undefined : readFileSync(fcm.caFile) }),
          undefined,
        ),
        timeoutMs,
        signal: stop.signal,
        now,
      },
    );
  return { fcm, account, exchange, stop, [Symbol.asyncDispose]: () => fcm.close() };
}

test('gets a token from the token_uri of the key file, with an assertion that passes every check', async () => {
  await using s = await setup({ tokenLifetimeSeconds: 1800 });
  const result = await s.exchange();
  expect(result).toMatchObject({ ok: true, lifetimeMs: 1_800_000 });
  expect(result.ok && s.fcm.tokenEndpoint.isValid(result.accessToken)).toBe(true);
});

test('gets a token over plain HTTP, too', async () => {
  await using s = await setup({ plain: true });
  expect(await s.exchange()).toMatchObject({ ok: true });
});

test('a clock that is off is told from a key that is gone', async () => {
  await using s = await setup();
  const late = () => Date.now() - 7_200_000;
  const status = { ok: false, status: 400, error: 'invalid_grant' };
  expect(await s.exchange({}, 10_000, late)).toMatchObject({ ...status, fault: 'token_clock_wrong' });
  expect(await s.exchange({ clientEmail: 'gone@example.org' })).toMatchObject({
    ...status,
    fault: 'token_key_unknown',
  });
});

const cases: readonly (readonly [string, TokenAnswer, string])[] = [
  [
    'a signature that is not known',
    { error: 'invalid_grant', errorDescription: 'Invalid JWT Signature.' },
    'token_key_unknown',
  ],
  [
    'an account that was disabled',
    { error: 'invalid_grant', errorDescription: 'account disabled' },
    'token_key_unknown',
  ],
  ['invalid_client', { status: 401, error: 'invalid_client' }, 'token_key_unknown'],
  ['invalid_grant for another reason', { error: 'invalid_grant' }, 'token_refused'],
  ['invalid_scope', { error: 'invalid_scope' }, 'token_refused'],
  ['404 with HTML', { status: 404, body: '<html>' }, 'token_refused'],
  ['200 with HTML', { status: 200, body: '<html>' }, 'token_endpoint_failed'],
  ['200 without a token', { status: 200, body: '{}' }, 'token_endpoint_failed'],
  ['200 with a token that is no text', { status: 200, body: '{"access_token":7}' }, 'token_endpoint_failed'],
  [
    '200 with a token that fits into no header',
    { status: 200, body: '{"access_token":"a\\r\\nb"}' },
    'token_endpoint_failed',
  ],
  ['429', { status: 429, error: 'rate_limited' }, 'token_endpoint_failed'],
  ['500', { status: 500, error: 'internal_failure' }, 'token_endpoint_failed'],
  ['503 with an empty body', { status: 503, body: '' }, 'token_endpoint_failed'],
];

test.each(cases)('%s', async (_, answer, fault) => {
  await using s = await setup();
  s.fcm.tokenEndpoint.answer = () => answer;
  expect(await s.exchange()).toMatchObject({ ok: false, fault });
  expect(s.fcm.tokenExchanges).toBe(1); // no retries of the library's
});

test('an endpoint that hangs is given up in time', async () => {
  await using s = await setup();
  s.fcm.tokenEndpoint.answer = () => ({ hang: true });
  expect(await s.exchange({}, 50)).toEqual({ ok: false, fault: 'token_endpoint_unreachable' });
});

test('an exchange under way ends when we stop', async () => {
  await using s = await setup();
  const asked = Promise.withResolvers<void>();
  s.fcm.tokenEndpoint.answer = () => {
    asked.resolve();
    return { hang: true };
  };
  const result = s.exchange();
  await asked.promise;
  s.stop.abort();
  expect(await result).toEqual({ ok: false, fault: 'token_endpoint_unreachable' });
});

test('an endpoint that is not there', async () => {
  await using s = await setup();
  expect(await s.exchange({ tokenUri: 'http://127.0.0.1:1/token' })).toEqual({
    ok: false,
    fault: 'token_endpoint_unreachable',
  });
});

test('an endpoint that goes over to another protocol', async () => {
  await using s = await setup();
  await using server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  expect(await s.exchange({ tokenUri: `http://127.0.0.1:${port}/token` })).toEqual({
    ok: false,
    fault: 'token_endpoint_unreachable',
  });
});

test('a token without expires_in lives for the usual hour', async () => {
  await using s = await setup();
  s.fcm.tokenEndpoint.answer = () => ({ status: 200, body: '{"access_token":"ya29.x"}' });
  expect(await s.exchange()).toMatchObject({ ok: true, accessToken: 'ya29.x', lifetimeMs: 3_600_000 });
});
