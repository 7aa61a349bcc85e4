import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { recordingContext } from '../../../../test/fakes/apns/context.ts';
import { deliveryOf, tokenOf } from '../../../../test/fakes/apns/delivery.ts';
import { startFakeApns } from '../../../../test/fakes/apns/server.ts';
import type { Answer, Decide } from '../../../../test/fakes/apns/answer.ts';
import { apnsAnswers } from './table.ts';
import { outcomeOf } from '@carillon/sending';
import { appleReasons } from './apple-reasons.ts';
import type { ApnsFault } from './answer-row.ts';
import { apnsShape } from '../config.ts';
import { createApnsProvider } from '../provider.ts';

async function setup(answer: Answer | Decide) {
  const decide: Decide = typeof answer === 'function' ? answer : () => answer;
  const apns = await startFakeApns({ answer: decide });
  onTestFinished(() => apns[Symbol.asyncDispose]());
  const context = recordingContext();
  const { keyfile, keyId, teamId } = apns.signingKey;
  const settings = z.object(apnsShape).parse({
    keyfile,
    key_id: keyId,
    team_id: teamId,
    topic: 'com.example.app',
    endpoint: apns.url,
    ca_file: apns.caFile,
  });
  const provider = createApnsProvider({ name: 'ios', settings }, context);
  onTestFinished(() => provider.close());
  return { apns, context, provider };
}

/**
 * Apple's table of reasons as of 2026, each with what it means to us: `dead` and `suspect`, `refused` (the message
 * is bad), `ours` (misconfigured), `later` for everybody (`outage`) or this device (`outage device`). `twice`: sent
 * once more before that counts.
 */
const expected: Readonly<Record<string, string>> = {
  BadDeviceToken: '400 suspect',
  DeviceTokenNotForTopic: '400 suspect',
  BadCollapseId: '400 refused',
  BadExpirationDate: '400 refused',
  BadMessageId: '400 refused',
  BadPriority: '400 refused',
  InvalidPushType: '400 refused',
  DuplicateHeaders: '400 refused',
  PayloadEmpty: '400 refused',
  MissingDeviceToken: '400 refused',
  BadTopic: '400 ours',
  MissingTopic: '400 ours',
  TopicDisallowed: '400 ours',
  IdleTimeout: '400 connection twice',
  BadCertificate: '403 ours',
  BadCertificateEnvironment: '403 ours',
  ExpiredProviderToken: '403 ours twice',
  InvalidProviderToken: '403 ours',
  MissingProviderToken: '403 ours',
  Forbidden: '403 ours',
  UnrelatedKeyIdInToken: '403 ours twice',
  BadEnvironmentKeyIdInToken: '403 ours',
  BadEnvironmentKeyInToken: '403 ours',
  BadPath: '404 ours',
  MethodNotAllowed: '405 ours',
  ExpiredToken: '410 dead',
  Unregistered: '410 dead',
  PayloadTooLarge: '413 refused',
  TooManyProviderTokenUpdates: '429 throttled provider twice',
  TooManyRequests: '429 outage device',
  InternalServerError: '500 outage',
  ServiceUnavailable: '503 outage',
  Shutdown: '503 outage twice',
};

/** The outcome of a class in `expected`. */
const classes: Readonly<Record<string, object>> = {
  suspect: { kind: 'dead', suspect: true },
  dead: { kind: 'dead', suspect: false },
  refused: { kind: 'refused' },
  ours: { kind: 'misconfigured' },
  connection: { kind: 'later', backoff: 'connection', scope: 'provider', spendsTry: true },
  outage: { kind: 'later', backoff: 'outage', scope: 'provider', spendsTry: true },
  'outage device': { kind: 'later', backoff: 'outage', scope: 'device', spendsTry: true },
  'throttled provider': { kind: 'later', backoff: 'throttled', scope: 'provider', spendsTry: true },
};

test.each(Object.entries(expected))('%s is %s', async (reason, says) => {
  const [, status, kind = '', twice] = /^(\d+) (.*?)( twice)?$/.exec(says) ?? [];
  const { apns, context, provider } = await setup({ status: Number(status), reason });
  expect(await provider.send(deliveryOf(1))).toMatchObject({ ...classes[kind], reason });
  expect(apns.requests).toHaveLength(twice === undefined ? 1 : 2);
  expect(new Set(apns.requests.map(({ headers }) => headers['apns-id'])).size).toBe(1);
  expect(context.unknownAnswers).toEqual([]);
});

test('a reason counts with another status of its class, but with none of another class', async () => {
  const moved = await setup({ status: 400, reason: 'ExpiredToken' });
  expect(await moved.provider.send(deliveryOf(1))).toMatchObject({ kind: 'dead', reason: 'ExpiredToken' });
  const odd = await setup({ status: 500, reason: 'Unregistered' });
  expect(await odd.provider.send(deliveryOf(1))).toMatchObject({ kind: 'later', reason: 'http_5xx' });
  const odder = await setup({ status: 400, reason: 'InternalServerError' });
  expect(await odder.provider.send(deliveryOf(1))).toMatchObject({ kind: 'refused', reason: 'http_4xx' });
});

const withoutReason: readonly [number, string, object][] = [
  [204, 'http_2xx', { kind: 'delivered' }],
  [302, 'http_other', { kind: 'later', scope: 'provider', backoff: 'outage' }],
  [400, 'http_4xx', { kind: 'refused' }],
  [403, 'http_403', { kind: 'misconfigured' }],
  [404, 'http_4xx', { kind: 'refused' }],
  [408, 'http_408', { kind: 'later', scope: 'provider', backoff: 'connection' }],
  [410, 'http_410', { kind: 'dead', suspect: false }],
  [413, 'http_413', { kind: 'refused' }],
  [421, 'http_4xx', { kind: 'refused' }],
  [429, 'http_429', { kind: 'later', scope: 'device', backoff: 'outage' }],
  [500, 'http_5xx', { kind: 'later', scope: 'provider', backoff: 'outage' }],
  [502, 'http_5xx', { kind: 'later', scope: 'provider', backoff: 'outage' }],
  [503, 'http_5xx', { kind: 'later', scope: 'provider', backoff: 'outage' }],
  [599, 'http_5xx', { kind: 'later', scope: 'provider', backoff: 'outage' }],
];
const bodies: readonly [string, string][] = [
  ['no body', ''],
  ['a page', '<html><h1>Nothing here</h1></html>'],
  ['half a JSON', '{"reason":"Unregi'],
  ['a new reason', '{"reason":"BellCracked"}'],
  ['a reason of JavaScript', '{"reason":"constructor"}'],
  ['a reason that is no text', '{"reason":7,"timestamp":"x"}'],
  ['null', 'null'],
  ['a list', '["Unregistered"]'],
  ['a long page', `<html>${'x'.repeat(20_000)}</html>`],
];

test.each(withoutReason)('%i without a reason that we know is %s', async (status, reason, outcome) => {
  const ofStatus = status === 204 ? bodies.slice(0, 1) : bodies;
  const byToken = new Map(ofStatus.map(([, body], index) => [tokenOf(index), body]));
  const { context, provider } = await setup(({ token }) => ({ status, body: byToken.get(token) ?? '' }));
  for (const [index, [name]] of ofStatus.entries())
    expect(await provider.send(deliveryOf(index)), name).toMatchObject({ ...outcome, reason });
  expect(context.unknownAnswers).toEqual(ofStatus.map(() => status));
});

const unsent = { kind: 'later', backoff: 'connection', scope: 'provider', spendsTry: false };
const uncertain = { ...unsent, spendsTry: true };
const withoutAnswer: Readonly<Record<ApnsFault, object>> = {
  refused_stream: unsent,
  goaway_unprocessed: unsent,
  never_sent: unsent,
  goaway: uncertain,
  stream_reset: uncertain,
  connection_lost: uncertain,
  timeout: uncertain,
  no_free_stream: unsent,
  dns_failed: unsent,
  connect_failed: unsent,
  tls_failed: unsent,
  not_http2: unsent,
  client_certificate_refused: { kind: 'misconfigured' },
  proxy_failed: unsent,
  proxy_credentials: { kind: 'misconfigured' },
  shutdown: { ...unsent, scope: 'device' },
  bug: { kind: 'later', backoff: 'outage', scope: 'device', spendsTry: true },
  pushkey_malformed: { kind: 'dead', suspect: true },
  default_payload_not_object: { kind: 'refused' },
  nothing_to_send: { kind: 'refused' },
  not_a_call: { kind: 'refused' },
  payload_too_large: { kind: 'refused' },
};

test.each(Object.entries(withoutAnswer))('without an answer, %s is %j', (fault, outcome) => {
  expect(outcomeOf(apnsAnswers.rowOfFault(fault as ApnsFault))).toMatchObject({
    ...outcome,
    reason: fault,
  });
});

test('sends at once again only what was surely not processed, or after a remedy', () => {
  const resent = Object.groupBy(apnsAnswers.rows, ({ resend }) => resend ?? 'never');
  expect(resent.at_once?.map(({ reason }) => reason)).toEqual([
    'refused_stream',
    'goaway_unprocessed',
    'never_sent',
  ]);
  for (const row of resent.at_once ?? []) expect(row).toMatchObject({ later: { spendsTry: false } });
  expect(resent.new_token?.map(({ reason }) => reason)).toEqual(['ExpiredProviderToken']);
  expect(resent.older_token?.map(({ reason }) => reason)).toEqual(['TooManyProviderTokenUpdates']);
});

test('has a row for each reason of Apple, and for no other', () => {
  expect(appleReasons.map(({ reason }) => reason).toSorted()).toEqual(Object.keys(expected).toSorted());
});

test('ends a pushkey by these answers alone', () => {
  // An outage, throttling, a bad message or a mistake of ours never ends a pushkey (invariant 4).
  expect(apnsAnswers.rows.filter(({ kind }) => kind === 'dead').map(({ reason }) => reason)).toEqual([
    'BadDeviceToken',
    'DeviceTokenNotForTopic',
    'ExpiredToken',
    'Unregistered',
    'http_410',
    'pushkey_malformed',
  ]);
});
