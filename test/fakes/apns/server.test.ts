import { once } from 'node:events';
import { constants } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import type { Answer } from './answer.ts';
import { connectTo, goodToken, signToken } from './client.ts';
import type { BareRequest } from './client.ts';
import { startFakeApns } from './server.ts';

const anHourAgo = () => Math.floor(Date.now() / 1000) - 3_700;

test('accepts a good notification, remembers it and gives its id back', async () => {
  await using apns = await startFakeApns();
  await using client = await connectTo(apns);
  const id = '5c8f0c8e-7b1a-4b53-9c55-0a8c3d1f2e44';
  const answer = await client.send({ headers: { 'apns-id': id }, body: '{"aps":{"badge":3}}' });
  expect(answer).toMatchObject({ status: 200, text: '' });
  expect(answer.headers['apns-id']).toBe(id);
  expect(answer.headers['apns-unique-id']).toBeUndefined();
  expect(apns.received).toHaveLength(1);
  expect(apns.received[0]?.token).toBe(goodToken);
  expect(apns.received[0]?.payload).toEqual({ aps: { badge: 3 } });
  expect(apns.counters).toMatchObject({ connectionsOpened: 1, requests: 1, accepted: 1, bodyBytes: 19 });
});

test('speaks HTTP/2 only', async () => {
  await using apns = await startFakeApns();
  const socket = connectTls({
    port: Number(new URL(apns.url).port),
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  });
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
});

const refusals: readonly [string, BareRequest, string][] = [
  ['another method', { headers: { ':method': 'PUT' } }, '405 MethodNotAllowed'],
  ['another path', { headers: { ':path': '/4/device/00' } }, '404 BadPath'],
  ['a token that leaves the path', { token: '../../3/device/00' }, '404 BadPath'],
  ['no token', { token: '' }, '400 MissingDeviceToken'],
  ['a token that is not hex', { token: 'ringring'.repeat(8) }, '400 BadDeviceToken'],
  ['no topic', { headers: { 'apns-topic': null } }, '400 MissingTopic'],
  ['a topic of somebody else', { headers: { 'apns-topic': 'com.example.other' } }, '400 TopicDisallowed'],
  [
    'a topic without the suffix of its push type',
    { headers: { 'apns-push-type': 'voip' } },
    '400 TopicDisallowed',
  ],
  ['no push type', { headers: { 'apns-push-type': null } }, '400 InvalidPushType'],
  ['a push type nobody knows', { headers: { 'apns-push-type': 'bell' } }, '400 InvalidPushType'],
  [
    'a background push with a badge',
    { headers: { 'apns-push-type': 'background', 'apns-priority': '5' } },
    '400 InvalidPushType',
  ],
  [
    'a background push of priority 10',
    { headers: { 'apns-push-type': 'background', 'apns-priority': '10' } },
    '400 BadPriority',
  ],
  ['a priority of 7', { headers: { 'apns-priority': '7' } }, '400 BadPriority'],
  ['an id that is no UUID', { headers: { 'apns-id': 'first' } }, '400 BadMessageId'],
  [
    'an id in capitals',
    { headers: { 'apns-id': '5C8F0C8E-7B1A-4B53-9C55-0A8C3D1F2E44' } },
    '400 BadMessageId',
  ],
  [
    'an expiration in milliseconds',
    { headers: { 'apns-expiration': '1764000000000' } },
    '400 BadExpirationDate',
  ],
  ['a collapse id of 65 bytes', { headers: { 'apns-collapse-id': 'c'.repeat(65) } }, '400 BadCollapseId'],
  ['an empty body', { body: '' }, '400 PayloadEmpty'],
  ['a body that is not JSON', { body: 'ding' }, '400 PayloadEmpty'],
  ['4097 bytes', { body: `{"b":"${'x'.repeat(4089)}"}` }, '413 PayloadTooLarge'],
  ['no provider token', { headers: { authorization: null } }, '403 MissingProviderToken'],
  [
    'a provider token with a capital scheme',
    { headers: { authorization: 'Bearer a.b.c' } },
    '403 InvalidProviderToken',
  ],
];

test.each(refusals)('refuses %s', async (_name, request, expected) => {
  await using apns = await startFakeApns();
  await using client = await connectTo(apns);
  const { status, reason } = await client.send(request);
  expect(`${status} ${reason}`).toBe(expected);
  expect(apns.received).toHaveLength(0);
});

test('takes 4096 bytes, and 5120 by VoIP', async () => {
  await using apns = await startFakeApns();
  await using client = await connectTo(apns);
  const headers = { 'apns-push-type': 'voip', 'apns-topic': 'com.example.app.voip' };
  expect((await client.send({ body: `{"b":"${'x'.repeat(4088)}"}` })).status).toBe(200);
  expect((await client.send({ headers, body: `{"b":"${'x'.repeat(5112)}"}` })).status).toBe(200);
  expect((await client.send({ headers, body: `{"b":"${'x'.repeat(5113)}"}` })).status).toBe(413);
});

test.each([
  ['older than an hour', (): object => ({ claims: { iat: anHourAgo() } }), 'ExpiredProviderToken'],
  ['of another algorithm', () => ({ header: { alg: 'ES512' } }), 'InvalidProviderToken'],
  ['of an unknown key', () => ({ header: { kid: 'KEYIDOTHER' } }), 'InvalidProviderToken'],
  ['of another team', () => ({ claims: { iss: 'TEAMIDOTHE' } }), 'InvalidProviderToken'],
  ['with claims that APNs does not know', () => ({ claims: { sub: 'bell' } }), 'InvalidProviderToken'],
])('refuses a provider token %s', async (_name, changes, reason) => {
  await using apns = await startFakeApns();
  await using client = await connectTo(apns);
  const authorization = `bearer ${signToken(apns.signingKey, changes())}`;
  expect(await client.send({ headers: { authorization } })).toMatchObject({ status: 403, reason });
});

test('refuses a provider token whose signature is of another key', async () => {
  await using apns = await startFakeApns();
  await using client = await connectTo(apns);
  const token = signToken(apns.signingKey, { keyfile: apns.otherKey.keyfile });
  expect(await client.send({ headers: { authorization: `bearer ${token}` } })).toMatchObject({
    status: 403,
    reason: 'InvalidProviderToken',
  });
});

test('refuses a second token within twenty minutes on one connection, and an unrelated key', async () => {
  await using apns = await startFakeApns();
  await using client = await connectTo(apns);
  const withToken = async (token: string) =>
    (await client.send({ headers: { authorization: `bearer ${token}` } })).reason;
  const issuedAt = Math.floor(Date.now() / 1000) - 1_300;
  expect(await withToken(signToken(apns.signingKey, { claims: { iat: issuedAt } }))).toBeUndefined();
  expect(await withToken(signToken(apns.signingKey))).toBeUndefined();
  expect(await withToken(signToken(apns.signingKey))).toBe('TooManyProviderTokenUpdates');
  expect(await withToken(signToken(apns.otherKey))).toBe('UnrelatedKeyIdInToken');
});

test('takes a client certificate instead of a token, and then allows many streams at once', async () => {
  await using apns = await startFakeApns({ streamLimit: 50 });
  await using client = await connectTo(apns, apns.issueClientCertificate());
  if (client.session.remoteSettings.maxConcurrentStreams !== 50) await once(client.session, 'remoteSettings');
  expect(client.session.remoteSettings.maxConcurrentStreams).toBe(50);
  expect((await client.send({ headers: { authorization: null } })).status).toBe(200);
});

test('allows one stream until a request with a valid token was posted', async () => {
  await using apns = await startFakeApns({ streamLimit: 50 });
  await using client = await connectTo(apns);
  expect(client.session.remoteSettings.maxConcurrentStreams).toBe(1);
  await client.send({ headers: { authorization: null } });
  expect(client.session.remoteSettings.maxConcurrentStreams).toBe(1);
  const raised = once(client.session, 'remoteSettings');
  await client.send({ token: 'not-hex-but-the-provider-is-known' });
  await raised;
  expect(client.session.remoteSettings.maxConcurrentStreams).toBe(50);
});

test('may cut the stream limit to 1 after an error until the next accepted notification', async () => {
  await using apns = await startFakeApns({ streamLimit: 50, dropLimitOnError: true });
  await using client = await connectTo(apns);
  const limits: unknown[] = [];
  client.session.on('remoteSettings', ({ maxConcurrentStreams }) => limits.push(maxConcurrentStreams));
  const dropped = { status: 410, reason: 'Unregistered' };
  await client.send();
  apns.script(goodToken, dropped);
  await client.send();
  apns.script(goodToken, undefined);
  await client.send();
  if (limits.length < 3) await once(client.session, 'remoteSettings');
  expect(limits).toEqual([50, 1, 50]);
});

test('answers as the script of a token says', async () => {
  await using apns = await startFakeApns({
    answer: ({ attempt }): Answer | undefined =>
      attempt === 1 ? { status: 503, body: '<h1>503</h1>', headers: { 'retry-after': 7 } } : undefined,
  });
  await using client = await connectTo(apns);
  const first = await client.send();
  expect(first).toMatchObject({ status: 503, text: '<h1>503</h1>' });
  expect(first.headers['retry-after']).toBe('7');
  expect((await client.send()).status).toBe(200);
  apns.script(goodToken, { status: 410, reason: 'Unregistered', timestamp: 1_764_000_000_000 });
  expect(JSON.parse((await client.send()).text)).toEqual({
    reason: 'Unregistered',
    timestamp: 1_764_000_000_000,
  });
  apns.script(goodToken, { status: 410 });
  expect(await client.send()).toMatchObject({ status: 410, text: '' });
});

test('resets a stream, leaves one hanging, or ends the connection, on demand', async () => {
  await using apns = await startFakeApns({
    answer: ({ token }) => (token === goodToken ? { hang: true } : undefined),
  });
  await using client = await connectTo(apns);
  await client.send({ token: '00'.repeat(32) });
  const hanging = client.request();
  await apns.nextRequest(({ token }) => token === goodToken);
  apns.script('11'.repeat(32), { reset: constants.NGHTTP2_REFUSED_STREAM });
  const reset = client.request({ token: '11'.repeat(32) });
  reset.resume();
  await new Promise((resolve) => reset.once('close', resolve));
  expect(reset.rstCode).toBe(constants.NGHTTP2_REFUSED_STREAM);
  expect(hanging.closed).toBe(false);
  const closed = once(client.session, 'close');
  apns.disconnect();
  await closed;
  expect(hanging.closed).toBe(true);
});

test('sends GOAWAY below the youngest open streams, with the reason in its debug data', async () => {
  const answers = Promise.withResolvers<undefined>();
  await using apns = await startFakeApns({
    answer: ({ attempt }) => (attempt > 1 ? answers.promise : undefined),
  });
  await using client = await connectTo(apns);
  await client.send();
  const streams = [client.request(), client.request()];
  await apns.nextRequest();
  await apns.nextRequest();
  await apns.nextRequest();
  const goaway = once(client.session, 'goaway');
  apns.goaway({ unprocessed: 1, reason: 'Shutdown' });
  const [code, lastStreamId, debugData] = (await goaway) as [number, number, Buffer];
  expect({ code, lastStreamId, debugData: debugData.toString() }).toEqual({
    code: 0,
    lastStreamId: streams[0]?.id,
    debugData: '{"reason":"Shutdown"}',
  });
  const response = once(streams[0] ?? client.session, 'response') as Promise<[Record<string, unknown>]>;
  answers.resolve(undefined);
  expect((await response)[0][':status']).toBe(200);
});

test('answers nothing while frozen, not even a ping, and takes new connections once thawed', async () => {
  await using apns = await startFakeApns();
  await using client = await connectTo(apns);
  await client.send();
  apns.freeze();
  let pong = false;
  client.session.ping(() => (pong = true));
  client.request();
  apns.thaw();
  await using other = await connectTo(apns);
  expect((await other.send()).status).toBe(200);
  expect(pong).toBe(false);
  expect(apns.counters.requests).toBe(2);
});

test('waits with its answers as long as it is told', async () => {
  await using apns = await startFakeApns({ latencyMs: 5 });
  await using client = await connectTo(apns);
  expect((await client.send()).status).toBe(200);
});
