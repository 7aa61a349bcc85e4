import { expect, test } from 'vitest';
import { connectTo, postHttp1, StreamEnded } from './client.ts';
import { startFakeFcm } from './server.ts';
import type { FakeFcmOptions } from './server.ts';
import type { Answer } from './client.ts';

async function setup(options: FakeFcmOptions = {}) {
  const stack = new AsyncDisposableStack();
  const fcm = stack.use(await startFakeFcm(options));
  const client = stack.use(await connectTo(fcm));
  const token = accessToken(await client.exchange());
  return { fcm, client, token, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const accessToken = (answer: Answer): string =>
  (JSON.parse(answer.body) as { readonly access_token: string }).access_token;
const error = (answer: Answer): { readonly message: string; readonly details?: readonly object[] } =>
  (JSON.parse(answer.body) as { readonly error: { readonly message: string } }).error;

test('accepts a good message and names it', async () => {
  await using s = await setup();
  const answer = await s.client.send(s.token, { token: 'phone', data: { event_id: '$1' } });
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toEqual({
    name: expect.stringMatching(/^projects\/example-project\/messages\//) as unknown,
  });
  expect(await s.fcm.nextRequest()).toMatchObject({ token: 'phone', target: 'token', status: 200 });
  expect(s.fcm.accepted).toBe(1);
});

test('takes a Firebase installation ID as the target', async () => {
  await using s = await setup();
  expect((await s.client.send(s.token, { fid: 'installation' })).status).toBe(200);
  expect(await s.fcm.nextRequest()).toMatchObject({ token: 'installation', target: 'fid' });
});

test.each([
  ['no target', {}],
  ['two targets', { token: 'a', fid: 'b' }],
  ['an empty token', { token: '' }],
  ['a number in data', { token: 'a', data: { n: 1 } }],
  ['a reserved key', { token: 'a', data: { from: 'x' } }],
  ['a key that starts with google', { token: 'a', data: { 'google.x': 'x' } }],
  ['a key that starts with gcm', { token: 'a', data: { gcm_x: 'x' } }],
  ['half a surrogate pair', { token: 'a', data: { x: '\ud83d' } }],
  ['a negative TTL', { token: 'a', android: { ttl: '-1s' } }],
  ['a TTL of more than four weeks', { token: 'a', android: { ttl: '2419201s' } }],
  ['a TTL that is a number', { token: 'a', android: { ttl: 60 } }],
  ['an unknown priority', { token: 'a', android: { priority: 'low' } }],
  ['an unknown field', { token: 'a', collapse_key: 'x' }],
  ['an unknown field of android', { token: 'a', android: { sound: 'x' } }],
])('refuses %s with 400 and the field that is wrong', async (_, message) => {
  await using s = await setup();
  const answer = await s.client.send(s.token, message);
  expect(answer.status).toBe(400);
  expect(error(answer).details).toContainEqual(
    expect.objectContaining({ '@type': 'type.googleapis.com/google.rpc.BadRequest' }),
  );
  expect(s.fcm.received).toHaveLength(0);
});

test('counts 4096 bytes of keys and values, and refuses one more with nothing but the code', async () => {
  await using s = await setup();
  const fits = { token: 'a', data: { key: `${'ü'.repeat(2046)}x` } };
  expect((await s.client.send(s.token, fits)).status).toBe(200);
  const answer = await s.client.send(s.token, { token: 'a', data: { key: 'ü'.repeat(2047) } });
  expect(answer.status).toBe(400);
  expect(error(answer).details).toEqual([
    { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: 'INVALID_ARGUMENT' },
  ]);
});

test('refuses unknown, expired and revoked access tokens with 401', async () => {
  let now = Date.now();
  await using s = await setup({ tokenLifetimeSeconds: 60, now: () => now });
  expect((await s.client.send('ya29.unknown', { token: 'a' })).status).toBe(401);
  expect((await s.client.send(s.token, { token: 'a' })).status).toBe(200);
  now += 60_000;
  expect((await s.client.send(s.token, { token: 'a' })).status).toBe(401);
  const next = accessToken(await s.client.exchange());
  s.fcm.tokenEndpoint.revokeAll();
  expect((await s.client.send(next, { token: 'a' })).status).toBe(401);
  expect(s.fcm.tokenExchanges).toBe(2);
});

test.each([
  ['of another account', { iss: 'someone@else' }, 'invalid_grant'],
  ['for another audience', { aud: 'https://oauth2.googleapis.com/token' }, 'invalid_grant'],
  ['of another scope', { scope: 'https://www.googleapis.com/auth/drive' }, 'invalid_scope'],
  ['that lives too long', { exp: Math.floor(Date.now() / 1000) + 7200 }, 'invalid_grant'],
  ['of a clock that is an hour late', { iat: 1_000, exp: 4_600 }, 'invalid_grant'],
])('gives no token for an assertion %s', async (_, claims, code) => {
  await using s = await setup();
  const answer = await s.client.exchange(claims);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body)).toMatchObject({ error: code });
});

test('answers 403 for another project and an HTML 404 for another path', async () => {
  await using s = await setup();
  const headers = { authorization: `Bearer ${s.token}`, 'content-type': 'application/json' };
  const other = await s.client.post('/v1/projects/other/messages:send', headers, '{}');
  expect(other.status).toBe(403);
  const lost = await s.client.post('/fcm/send', headers, '{}');
  expect(lost.status).toBe(404);
  expect(lost.headers['content-type']).toContain('text/html');
});

test('answers as the script of the token says, for as many requests as it says', async () => {
  await using s = await setup();
  s.fcm.script('a', { status: 503, retryAfter: 30, times: 2 });
  const answers = [];
  for (let i = 0; i < 3; i += 1) answers.push(await s.client.send(s.token, { token: 'a' }));
  expect(answers.map((answer) => answer.status)).toEqual([503, 503, 200]);
  expect(answers[0]?.headers['retry-after']).toBe('30');
  s.fcm.script('a', { reset: true });
  await expect(s.client.send(s.token, { token: 'a' })).rejects.toBeInstanceOf(StreamEnded);
});

test('says 100 streams in its SETTINGS, and speaks HTTP/1.1 on the same port', async () => {
  await using s = await setup();
  expect(s.client.session.remoteSettings.maxConcurrentStreams).toBe(100);
  const headers = { authorization: `Bearer ${s.token}`, 'content-type': 'application/json' };
  const path = '/v1/projects/example-project/messages:send';
  const answer = await postHttp1(s.fcm, path, headers, JSON.stringify({ message: { token: 'a' } }));
  expect(answer.status).toBe(200);
  expect(await s.fcm.nextRequest()).toMatchObject({ protocol: 'http/1.1' });
});

test('speaks both protocols on a plain port', async () => {
  await using s = await setup({ plain: true });
  expect(s.fcm.url).toMatch(/^http:/);
  expect((await s.client.send(s.token, { token: 'a' })).status).toBe(200);
  const headers = { authorization: `Bearer ${s.token}`, 'content-type': 'application/json' };
  const path = '/v1/projects/example-project/messages:send';
  const body = JSON.stringify({ message: { token: 'b' } });
  expect((await postHttp1(s.fcm, path, headers, body)).status).toBe(200);
  expect(s.fcm.received.map((request) => request.protocol)).toEqual(['h2', 'http/1.1']);
});

test('a GOAWAY tells the streams that were looked at from those that were not', async () => {
  let release = (): void => undefined;
  const arrived: Promise<void> = new Promise((resolve) => (release = resolve));
  await using s = await setup({
    latencyMs: 50,
    answer: ({ number }) => {
      if (number === 4) release();
      return undefined;
    },
  });
  const sends = ['a', 'b', 'c', 'd'].map((token) => s.client.send(s.token, { token }));
  const results = Promise.allSettled(sends);
  await arrived;
  s.fcm.goaway({ processed: 3 });
  const [a, b, c, d] = await results;
  for (const result of [a, b, c]) expect(result).toMatchObject({ value: { status: 200 } });
  expect(d).toMatchObject({ reason: { rstCode: 7 } }); // REFUSED_STREAM: safe to send again
});
