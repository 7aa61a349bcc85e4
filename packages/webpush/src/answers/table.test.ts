import type { Delivery, Outcome } from '@carillon/core';
import { describe, expect, test } from 'vitest';
import { startConnectProxy } from '../../../../test/fakes/fcm/connect-proxy.ts';
import { serviceAnswers } from '../../../../test/fakes/webpush/answers.ts';
import { startFakeWebPush } from '../../../../test/fakes/webpush/server.ts';
import type { HttpAnswer, WebPushAnswer } from '../../../../test/fakes/webpush/answers.ts';
import type { FakeWebPush } from '../../../../test/fakes/webpush/server.ts';
import { answerWords, readAnswer } from './answer-facts.ts';
import { webpushAnswers } from './table.ts';
import { makeDelivery } from '../../../../test/fakes/delivery.ts';
import { testSender } from '../provider.testing.ts';
import type { WebPushFault } from './answer-row.ts';
import type { WebPushParts } from '../provider.ts';

const later = { kind: 'later', scope: 'device' } as const;
const dead = { kind: 'dead', suspect: false } as const;
const suspect = { kind: 'dead', suspect: true } as const;
const refused = { kind: 'refused' } as const;
const misconfigured = { kind: 'misconfigured', origin: 'ORIGIN' } as const;
const { mozilla, google, wns, apple, ntfy } = serviceAnswers;

/** Each answer of each service, and what becomes of the message. */
const cases: readonly (readonly [string, HttpAnswer, object])[] = [
  ['Mozilla: key mismatch', mozilla.keyMismatch, { ...suspect, reason: 'key_mismatch' }],
  ['Mozilla: VAPID', mozilla.vapidRefused, { ...misconfigured, reason: 'errno_109' }],
  ['Mozilla: unknown endpoint', mozilla.unknownEndpoint, { ...dead, reason: 'errno_102' }],
  ['Mozilla: expired endpoint', mozilla.expiredEndpoint, { ...dead, reason: 'errno_103' }],
  ['Mozilla: unavailable endpoint', mozilla.unavailableEndpoint, { ...dead, reason: 'errno_105' }],
  ['Mozilla: invalid subscription', mozilla.invalidSubscription, { ...dead, reason: 'errno_106' }],
  ['Mozilla: too large', mozilla.tooLarge, { ...refused, reason: 'errno_104' }],
  ['Mozilla: encryption', mozilla.badEncryption, { ...refused, reason: 'errno_110' }],
  ['Mozilla: no TTL', mozilla.missingTtl, { ...refused, reason: 'errno_111' }],
  ['Mozilla: topic', mozilla.badTopic, { ...refused, reason: 'errno_113' }],
  ['Mozilla: TTL', mozilla.badTtl, { ...refused, reason: 'errno_114' }],
  [
    'Mozilla: throttled',
    mozilla.throttled,
    { ...later, reason: 'errno_201', backoff: 'outage', inSeconds: 120 },
  ],
  ['Mozilla: bridge', mozilla.bridgeFailed, { ...later, reason: 'errno_900', backoff: 'outage' }],
  ['Mozilla: internal', mozilla.internal, { ...later, reason: 'http_5xx', backoff: 'outage' }],
  ['Google: unauthorized', google.unauthorized, { ...misconfigured, reason: 'UnauthorizedRegistration' }],
  ['Google: sender ID', google.keyMismatch, { ...suspect, reason: 'key_mismatch' }],
  ['Google: credentials', google.credentialsMismatch, { ...suspect, reason: 'key_mismatch' }],
  ['Google: forbidden', google.forbidden, { ...misconfigured, reason: 'http_403' }],
  ['Google: not registered', google.notRegistered, { ...dead, reason: 'NotRegistered' }],
  ['Google: gone', google.gone, { ...dead, reason: 'NotRegistered' }],
  [
    'Google: throttled',
    google.throttled,
    { ...later, reason: 'http_429', backoff: 'throttled', inSeconds: 30 },
  ],
  ['Google: unavailable', google.unavailable, { ...later, reason: 'http_5xx' }],
  ['Microsoft: TTL', wns.ttlConflict, { ...refused, reason: 'ttl_conflict' }],
  ['Microsoft: unauthorized', wns.unauthorized, { ...misconfigured, reason: 'http_401' }],
  ['Microsoft: another key', wns.forbidden, { ...suspect, reason: 'key_mismatch' }],
  ['Microsoft: unknown channel', wns.unknownChannel, { ...dead, suspect: 'origin', reason: 'http_404' }],
  ['Microsoft: revoked channel', wns.revokedChannel, { ...dead, reason: 'http_410' }],
  [
    'Microsoft: 406',
    wns.throttledOldStyle,
    { ...later, reason: 'http_406', backoff: 'throttled', inSeconds: 900 },
  ],
  ['Microsoft: 429', wns.throttled, { ...later, reason: 'http_429', inSeconds: 60 }],
  ['Microsoft: too large', wns.tooLarge, { ...refused, reason: 'http_413' }],
  ['Microsoft: 200, but dropped', wns.dropped, { ...refused, reason: 'wns_dropped' }],
  [
    'Microsoft: 201, but dropped',
    { ...wns.dropped, status: 201, headers: { 'X-WNS-NotificationStatus': 'Dropped' } },
    { ...refused, reason: 'wns_dropped' },
  ],
  ['Microsoft: 400 and dropped', { ...wns.dropped, status: 400 }, { ...refused, reason: 'wns_dropped' }],
  ['Microsoft: 418 and dropped', { ...wns.dropped, status: 418 }, { ...refused, reason: 'wns_dropped' }],
  ['Microsoft: 503 and dropped', { ...wns.dropped, status: 503 }, { ...later, reason: 'http_5xx' }],
  [
    'Microsoft: 200, but throttled',
    wns.channelThrottled,
    { ...later, reason: 'wns_throttled', backoff: 'throttled' },
  ],
  [
    'Microsoft: received',
    { status: 201, headers: { 'x-wns-status': 'received' } },
    { kind: 'delivered', reason: 'ok', sent: true },
  ],
  ['Apple: TTL', apple.badTtl, { ...refused, reason: 'BadTtl' }],
  ['Apple: topic', apple.badTopic, { ...refused, reason: 'BadWebPushTopic' }],
  ['Apple: urgency', apple.badUrgency, { ...refused, reason: 'BadUrgency' }],
  ['Apple: request', apple.badRequest, { ...refused, reason: 'BadWebPushRequest' }],
  ['Apple: public key', apple.badPublicKey, { ...misconfigured, reason: 'BadVapidPublicKey' }],
  ['Apple: another key', apple.keyMismatch, { ...suspect, reason: 'VapidPkHashMismatch' }],
  ['Apple: token', apple.badToken, { ...misconfigured, reason: 'BadJwtToken' }],
  ['Apple: header', apple.badAuthorization, { ...misconfigured, reason: 'BadAuthorizationHeader' }],
  ['Apple: unregistered', apple.unregistered, { ...dead, reason: 'Unregistered' }],
  ['Apple: too large', apple.tooLarge, { ...refused, reason: 'PayloadTooLarge' }],
  ['Apple: throttled', apple.throttled, { ...later, reason: 'TooManyRequests', backoff: 'outage' }],
  ['Apple: unavailable', apple.unavailable, { ...later, reason: 'http_5xx' }],
  [
    'ntfy: nobody listens',
    ntfy.noSubscriber,
    { ...later, reason: 'no_subscriber', backoff: 'outage', deadAfterMs: 43_200_000 },
  ],
  ['ntfy: throttled', ntfy.throttled, { ...later, reason: 'http_429', backoff: 'throttled' }],
  ['507 of a full disk', { status: 507 }, { ...later, reason: 'http_5xx' }],
  ['201', { status: 201 }, { kind: 'delivered', reason: 'ok', sent: true }],
  ['201 of Apple', { status: 201, headers: { 'apns-id': 'A-1' } }, { kind: 'delivered', providerId: 'A-1' }],
  ['200', { status: 200, body: 'hello' }, { kind: 'delivered', reason: 'ok_other', sent: true }],
  ['202', { status: 202 }, { kind: 'delivered', reason: 'ok_other', sent: true }],
  ['204', { status: 204 }, { kind: 'delivered', reason: 'ok_other', sent: true }],
  ['207', { status: 207 }, { kind: 'delivered', reason: 'http_2xx', sent: true }],
  ['301', { status: 301, headers: { location: '/elsewhere' } }, { ...refused, reason: 'redirect' }],
  ['307', { status: 307, headers: { location: '/elsewhere' } }, { ...refused, reason: 'redirect' }],
  ['400, empty', { status: 400 }, { ...refused, reason: 'http_400' }],
  ['400, JSON that is no object', { status: 400, body: '[1]' }, { ...refused, reason: 'http_400' }],
  ['400, broken JSON', { status: 400, body: '{"errno":' }, { ...refused, reason: 'http_400' }],
  ['400, errno of no table', { status: 400, body: '{"errno":107}' }, { ...refused, reason: 'http_400' }],
  ['402', { status: 402 }, { ...refused, reason: 'http_4xx' }],
  ['408', { status: 408 }, { ...later, reason: 'http_408', backoff: 'connection' }],
  ['429 with a date', { status: 429, headers: { 'retry-after': 'DATE' } }, { ...later, inSeconds: 90 }],
  ['429 with nonsense', { status: 429, headers: { 'retry-after': '-5' } }, { ...later, reason: 'http_429' }],
  ['599', { status: 599 }, { ...later, reason: 'http_5xx' }],
  ['799', { status: 799 }, { ...refused, reason: 'http_other' }],
];

describe('by its answer', () => {
  test.each(cases)('%s', async (_name, answer, expected) => {
    await using setup = await start();
    const headers = { ...answer.headers };
    if (headers['retry-after'] === 'DATE')
      headers['retry-after'] = new Date(setup.now() + 90_000).toUTCString();
    const outcome = await setup.send({ ...answer, headers });
    const { inSeconds, ...fields } = expected as { inSeconds?: number; origin?: string };
    const { origin } = setup.service;
    expect(outcome).toMatchObject({ ...fields, ...(fields.origin !== undefined && { origin }) });
    const { notBefore } = outcome as { notBefore?: number };
    expect(notBefore).toBe(inSeconds === undefined ? undefined : setup.now() + inSeconds * 1_000);
    expect(setup.service.strays).toEqual([]);
  });

  test.each([
    ['forbidden', ntfy.forbidden],
    ['unauthorized', ntfy.unauthorized],
    ['forbidden without a word', { status: 403 }],
    ['VAPID refused, which it was not sent', mozilla.vapidRefused],
  ])('a push without keys is not signed, so %s is not about our key', async (_name, answer) => {
    await using setup = await start();
    expect(await setup.sendUnsigned(answer)).toMatchObject({
      ...misconfigured,
      origin: setup.service.origin,
      reason: 'write_forbidden',
      cure: expect.stringMatching(/everybody allowed to write .* not about vapid_private_key/) as string,
    });
  });

  test('every row of the table is met by one of these answers', () => {
    const met = new Set(
      cases.map(([, { status, headers = {}, body = '' }]) =>
        webpushAnswers.rowOfAnswer(readAnswer(status, headers, body, true)),
      ),
    );
    met.add(webpushAnswers.rowOfAnswer(readAnswer(403, {}, '', false)));
    const unmet = webpushAnswers.rows.filter((row) => !('fault' in row.when) && !met.has(row));
    expect(unmet.map(({ answer }) => answer)).toEqual([]);
  });

  test('counts what no table knows', async () => {
    await using setup = await start();
    await setup.send({ status: 418 });
    await setup.send({ status: 404 });
    expect(setup.unknown).toEqual([418]);
  });
});

interface Setup extends AsyncDisposable {
  readonly service: FakeWebPush;
  readonly unknown: readonly number[];
  readonly delivery: Delivery;
  /** The sender's clock, which stands still. */
  now(): number;
  send(answer: WebPushAnswer): Promise<Outcome>;
  /** To an endpoint of UnifiedPush without keys. */
  sendUnsigned(answer: WebPushAnswer): Promise<Outcome>;
}

async function start(parts: WebPushParts = {}, settings: object = {}, proxy?: URL): Promise<Setup> {
  const service = await startFakeWebPush();
  const sender = testSender(
    {
      allowed_endpoints: [`localhost:${service.port}`],
      allow_private_endpoints: ['127.0.0.0/8'],
      ca_file: service.caFile,
      ...settings,
    },
    parts,
    proxy,
  );
  const subscription = service.makeSubscription();
  const delivery = makeDelivery({ device: subscription });
  return {
    service,
    unknown: sender.context.unknown,
    now: sender.context.now,
    delivery,
    async send(answer) {
      service.script(subscription, answer);
      return sender.provider.send(delivery);
    },
    async sendUnsigned(answer) {
      const endpoint = service.makeUnifiedPushEndpoint();
      service.script(endpoint, answer);
      return sender.provider.send(makeDelivery({ device: { pushkey: endpoint.pushkey } }));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([service.close(), sender.provider.close()]);
    },
  };
}

async function outcomeOfFault(
  parts: WebPushParts = {},
  settings: object = {},
  proxy?: URL,
): Promise<Outcome> {
  await using setup = await start(parts, settings, proxy);
  return await setup.send({ status: 201 });
}

async function outcomeOfDevice(data: object): Promise<Outcome> {
  await using service = await startFakeWebPush();
  await using sender = testSender({ allowed_endpoints: [`localhost:${service.port}`] });
  const { pushkey, data: own } = service.makeSubscription();
  return await sender.provider.send(
    makeDelivery({ notification: { eventId: '' }, device: { pushkey, data: { ...own, ...data } } }),
  );
}

const never = { kind: 'later', scope: 'device', spendsTry: false } as const;

/** What can happen instead of an answer, how it comes about, and what becomes of the message. */
const faults: Readonly<Record<WebPushFault, readonly [object, () => Promise<Outcome>]>> = {
  registration_unusable: [dead, () => outcomeOfDevice({ auth: '' })],
  endpoint_not_allowed: [refused, () => outcomeOfFault({}, { allowed_endpoints: ['push.example.com'] })],
  address_forbidden: [refused, () => outcomeOfFault({}, { allow_private_endpoints: [] })],
  default_payload_not_object: [refused, () => outcomeOfDevice({ default_payload: 'text' })],
  nothing_to_send: [refused, () => outcomeOfDevice({ events_only: true })],
  payload_too_large: [refused, () => outcomeOfDevice({ default_payload: { text: 'x'.repeat(4000) } })],
  dns_failed: [
    { ...never, backoff: 'outage' },
    () => outcomeOfFault({ resolve: () => Promise.reject(new Error('ENOTFOUND')) }),
  ],
  connect_failed: [
    { ...never, backoff: 'outage' },
    // Nothing listens there: the service has another of the machine's addresses.
    () => outcomeOfFault({ resolve: () => Promise.resolve(['127.0.0.9']) }),
  ],
  tls_failed: [{ ...never, backoff: 'outage' }, () => outcomeOfFault({}, { ca_file: undefined })],
  proxy_failed: [
    { ...never, backoff: 'outage' },
    () => outcomeOfFault({}, {}, new URL('http://127.0.0.1:1')),
  ],
  proxy_credentials: [
    { kind: 'misconfigured', speaksFor: 'app' },
    async () => {
      await using proxy = await startConnectProxy({ credentials: 'user:right' });
      return await outcomeOfFault({}, {}, new URL(`http://user:wrong@${proxy.url.host}`));
    },
  ],
  timeout: [
    { ...later, backoff: 'outage', spendsTry: true },
    async () => {
      await using setup = await start({ timing: { sendTimeoutMs: 300 } });
      return await setup.send({ hang: true });
    },
  ],
  connection_reset: [
    { ...later, backoff: 'connection', spendsTry: true },
    async () => {
      await using setup = await start();
      return await setup.send({ disconnect: true });
    },
  ],
  answer_unreadable: [
    { ...later, backoff: 'outage', spendsTry: true },
    async () => {
      await using setup = await start();
      return await setup.send({ status: 201, headers: { 'x-long': 'x'.repeat(20_000) } });
    },
  ],
  origin_resting: [
    { ...never, notBefore: expect.any(Number) as number },
    async () => {
      await using setup = await start();
      for (let count = 0; count < 5; count += 1) await setup.send({ disconnect: true });
      return await setup.send({ status: 201 });
    },
  ],
  origin_busy: [
    { ...never, notBefore: expect.any(Number) as number },
    () => outcomeOfFault({ limits: { firstSends: 0 } }),
  ],
  endpoint_resting: [
    { ...never, notBefore: expect.any(Number) as number },
    async () => {
      await using setup = await start();
      await setup.send({ status: 429 });
      return await setup.send({ status: 201 });
    },
  ],
  strangers_busy: [
    { ...later, sent: false, backoff: 'connection', spendsTry: true },
    () => outcomeOfFault({ limits: { strangerSends: 0 } }, { allowed_endpoints: ['*:*'] }),
  ],
  shutdown: [
    never,
    async () => {
      await using service = await startFakeWebPush();
      await using sender = testSender({ allowed_endpoints: [`localhost:${service.port}`] });
      await sender.provider.close();
      return await sender.provider.send(makeDelivery({ device: service.makeSubscription() }));
    },
  ],
};

describe('without an answer', () => {
  test.each(Object.entries(faults))('%s', async (reason, [expected, happen]) => {
    expect(await happen()).toMatchObject({ ...expected, reason });
  });
});

test('every word that is read has a row', () => {
  const used = new Set(
    webpushAnswers.rows.flatMap(({ when }) => ('fault' in when ? [] : [when.word ?? []].flat())),
  );
  expect(answerWords.filter((word) => !used.has(word))).toEqual([]);
});
