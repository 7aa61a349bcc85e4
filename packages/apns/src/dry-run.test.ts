import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { recordingContext } from '../../../test/fakes/apns/context.ts';
import { startFakeApns } from '../../../test/fakes/apns/server.ts';
import type { FakeApnsOptions } from '../../../test/fakes/apns/server.ts';
import { apnsShape } from './config.ts';
import { createApnsProvider } from './provider.ts';

interface SetupOptions {
  readonly fake?: FakeApnsOptions;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Our clock minus the true one. */
  readonly aheadMs?: number;
  readonly certificate?: boolean;
}

async function setup({ fake = {}, settings = {}, aheadMs = 0, certificate = false }: SetupOptions = {}) {
  const apns = await startFakeApns({ answer: () => ({ status: 400, reason: 'BadDeviceToken' }), ...fake });
  onTestFinished(() => apns[Symbol.asyncDispose]());
  const { keyfile, keyId, teamId } = apns.signingKey;
  const who = certificate
    ? { certfile: apns.issueClientCertificate() }
    : { keyfile, key_id: keyId, team_id: teamId, topic: 'com.example.app' };
  const context = recordingContext({ now: () => Date.now() + aheadMs });
  const provider = createApnsProvider(
    {
      name: 'app',
      settings: z.object(apnsShape).parse({ ...who, endpoint: apns.url, ca_file: apns.caFile, ...settings }),
    },
    context,
  );
  onTestFinished(() => provider.close());
  return { apns, provider, context, dryRun: () => provider.dryRun?.() };
}

const hour = 3_600_000;

test.each([false, true])(
  'a silent send to a device that nobody has proves credentials and topic (certificate: %s)',
  async (certificate) => {
    const { apns, dryRun } = await setup({ certificate });
    expect(await dryRun()).toMatchObject({
      outcome: { kind: 'dead', reason: 'BadDeviceToken' },
      mayBeClock: false,
      clock: { of: apns.url },
    });
    const [request] = apns.requests;
    expect(request?.token).toMatch(/^[0-9a-f]{64}$/);
    expect(request?.headers).toMatchObject({ 'apns-push-type': 'background', 'apns-expiration': '0' });
    expect(request?.payload).toEqual({ aps: { 'content-available': 1 } });
    expect(apns.requests).toHaveLength(1);
  },
);

test('a device token is made up anew each time', async () => {
  const { apns, dryRun } = await setup();
  await dryRun();
  await dryRun();
  expect(new Set(apns.requests.map(({ token }) => token)).size).toBe(2);
});

test('the topic of the push type is the one that is tried', async () => {
  const { apns, dryRun } = await setup({ settings: { push_type: 'voip' } });
  expect(await dryRun()).toMatchObject({ outcome: { reason: 'BadDeviceToken' } });
  expect(apns.requests[0]?.headers['apns-topic']).toBe('com.example.app.voip');
});

test('a topic that the key does not cover is told', async () => {
  const { dryRun } = await setup({ settings: { topic: 'com.example.other' } });
  expect(await dryRun()).toMatchObject({
    outcome: {
      kind: 'misconfigured',
      reason: 'TopicDisallowed',
      cure: expect.stringContaining('`topic`') as string,
    },
  });
});

test('a key with the ID of another is told, and is not blamed on the clock', async () => {
  const { dryRun } = await setup({ settings: { key_id: 'KEYID67890' } });
  expect(await dryRun()).toMatchObject({
    outcome: {
      kind: 'misconfigured',
      reason: 'InvalidProviderToken',
      cure: expect.stringContaining('`key_id`') as string,
    },
    mayBeClock: true,
  });
});

test('a clock that is too far ahead is told from a wrong key', async () => {
  // The stand-in bears tokens from the future for an hour.
  const { dryRun } = await setup({ aheadMs: hour + 600_000 });
  const run = await dryRun();
  expect(run).toMatchObject({
    outcome: { reason: 'InvalidProviderToken', cure: expect.stringMatching(/^Set the clock/) as string },
    meaning: 'it is dated in the future',
  });
  expect(run?.clock?.aheadMs).toBeLessThan(-hour);
});

test('a clock that is too far behind is told', async () => {
  const { dryRun } = await setup({ aheadMs: -2 * hour });
  expect(await dryRun()).toMatchObject({
    outcome: { reason: 'ExpiredProviderToken', cure: expect.stringMatching(/^Set the clock/) as string },
    mayBeClock: true,
  });
});

test('trouble of APNs says nothing about the credentials', async () => {
  const { dryRun } = await setup({ fake: { answer: () => ({ status: 503, reason: 'ServiceUnavailable' }) } });
  expect(await dryRun()).toMatchObject({ outcome: { kind: 'later', reason: 'ServiceUnavailable' } });
});

test('a provider waits with its end for a dry run', async () => {
  const { dryRun, provider } = await setup();
  const running = dryRun();
  await provider.close();
  expect(await running).toMatchObject({ outcome: { reason: 'BadDeviceToken' } });
});
